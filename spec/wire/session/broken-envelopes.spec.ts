import { RpcError } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { Random } from '../../http2/simulation/random.ts'
import { steadyCall } from './fixtures/hostile.ts'
import { add, count, steadyStream, sum } from './fixtures/hostile-server.ts'
import { brokenEnvelope } from './fixtures/mutate.ts'
import { clientDesk, itemsOf, serverDesk, settled } from './fixtures/sessions.ts'

describe.each([true, false])('broken envelopes for a server (microapi.v1: %s)', (negotiated) => {
  it('50,000: throw nothing, end in nothing, and no other call notices', { timeout: 60_000 }, async () => {
    const desk = await serverDesk(negotiated)
    const steady = await steadyCall(desk, negotiated)
    const random = new Random(negotiated ? 1 : 2)
    for (let round = 0; round < 100; round++) {
      const ids = Array.from({ length: 10 }, (_, i) => `r${round}-${i}`)
      for (let i = 0; i < 500; i++) {
        desk.send(brokenEnvelope(random, ids))
        if (random.chance(0.05)) await settled()
      }
      await steady.next()
      expect(desk.session.size).toBeLessThanOrEqual(1_200)
      // Whoever could not say that it has gone, is gone after this.
      for (const id of negotiated ? ids : []) desk.send({ type: 'cancel', id })
    }
    desk.clock.pass(30_000)
    await steady.next()
    await steady.end()
    desk.session.lost()
    await settled()
    expect(desk.session.size).toBe(0)
    expect(desk.clock.armed).toBe(0)
    expect(desk.watch.parked).toBe(0)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe.each([true, false])('broken envelopes for calls that wait (microapi.v1: %s)', (negotiated) => {
  it('50,000: throw nothing, end in nothing, and no other call notices', { timeout: 60_000 }, async () => {
    const desk = clientDesk(negotiated)
    const steady = await steadyStream(desk)
    const random = new Random(negotiated ? 3 : 4)
    const kinds = [add, count, sum, { ...sum, method: 'double', kind: 'bidiStream' }, {}] as const
    for (let round = 0; round < 100; round++) {
      const victims = Array.from({ length: 10 }, () =>
        desk
          .invoke(random.pick(kinds))
          .then(itemsOf)
          .catch(() => {}),
      )
      await settled()
      const ids = [...new Set(desk.port.take().map((text) => (JSON.parse(text) as { id: string }).id))]
      for (let i = 0; i < 500; i++) desk.receive(brokenEnvelope(random, ids))
      await steady.next()
      for (const call of desk.calls.splice(1)) call.lifetime.cancel(new RpcError('CANCELLED', 'enough'))
      await Promise.all(victims)
    }
    expect(desk.session.size).toBe(1)
    await steady.end()
    expect(desk.session.size).toBe(0)
    expect(desk.clock.armed).toBe(0)
    expect(desk.port.isPaused).toBe(false)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
