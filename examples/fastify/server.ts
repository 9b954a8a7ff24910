/** An app inside a fastify server that has routes, hooks and a logger of its own. */
import { Type } from '@sinclair/typebox'
import { fastify } from 'fastify'
import { createApp, defineService, rpc } from 'microapi-ts'
import { microapi } from 'microapi-ts/http'

const Name = Type.Object({ name: Type.String() })
const Greeting = Type.Object({ text: Type.String() })

export const app = createApp({
  services: {
    greetings: defineService({
      greet: rpc.unary(Name, Greeting, ({ name }) => ({ text: `Hello, ${name}` })),
    }),
  },
})

export const server = fastify()
server.get('/', () => 'the site')
// POST /api/greetings/greet. The app starts and stops with fastify.
await server.register(microapi(app), { prefix: '/api' })
