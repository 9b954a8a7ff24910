import { describe, expect, it } from 'vitest'
import { connectTo, failureOf, serveDemo } from './support.ts'

describe.each(['own', 'node:http2'] as const)('calls that wait for their turn, engine %s', (engine) => {
  it.each(['auto', 'json'] as const)(
    'are bounded in the bytes of their messages (codec %s)',
    async (codec) => {
      const limits = { maxRunningPerConnection: 1, maxWaitingBytesPerConnection: 1_000 }
      const { port, probe } = await serveDemo({ engine }, { limits })
      const client = connectTo({ port, engine, codec }, { retry: false })
      const busy = Promise.resolve(client.life.busy())
      await probe.until('busy began')
      const large = 'x'.repeat(5_000)
      const waiting = Promise.resolve(client.values.text({ text: large }))
      const refused = await failureOf(client.values.text({ text: 'x'.repeat(500) }))
      expect(refused).toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
        message: expect.stringContaining('maxWaitingBytesPerConnection') as string,
      })
      probe.open('busy')
      expect(await busy).toEqual({})
      expect(await waiting).toEqual({ text: large })
    },
  )
})
