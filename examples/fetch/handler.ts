/** An app as `(Request) => Promise<Response>`: what Deno, Bun, service workers and most frameworks take. */
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc } from 'microapi-ts'
import { fetchHandler } from 'microapi-ts/http'

const Count = Type.Object({ to: Type.Integer({ minimum: 0, maximum: 1_000 }) })
const Number_ = Type.Object({ n: Type.Integer() })

const app = createApp({
  services: {
    numbers: defineService({
      count: rpc.serverStream(Count, Number_, function* ({ to }) {
        for (let n = 1; n <= to; n++) yield { n }
      }),
    }),
  },
})

export default { fetch: fetchHandler(app) }
