import { RpcError } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import type { Call } from '../../lib/core/call.ts'
import { createCall } from '../../lib/core/create-call.ts'
import { defaultLimits, type Limits } from '../../lib/core/limits.ts'
import { createGate, type Gate } from '../../lib/server/gate.ts'

const gateOf = (limits: Partial<Limits>): Gate => createGate({ ...defaultLimits, ...limits })
const callOn = (connection?: object, bytes?: number): Call =>
  createCall({ service: 's', method: 'm', input: {}, peer: { transport: 'test' }, connection, bytes })

/** Enters and says what came of it so far. */
function enter(gate: Gate, call: Call): { call: Call; state: () => string } {
  let state = 'waiting'
  const turn = gate.enter(call)
  if (turn === undefined) state = 'in'
  else
    turn.then(
      () => (state = 'in'),
      (error: RpcError) => (state = error.code),
    )
  return { call, state: () => state }
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the gate', () => {
  it('lets so many in for a connection, and the others in order as places come free', async () => {
    const gate = gateOf({ maxRunningPerConnection: 2 })
    const connection = {}
    const calls = Array.from({ length: 5 }, () => enter(gate, callOn(connection)))
    expect(calls.map((one) => one.state())).toEqual(['in', 'in', 'waiting', 'waiting', 'waiting'])
    gate.leave(calls[0]!.call)
    await settled()
    expect(calls.map((one) => one.state())).toEqual(['in', 'in', 'in', 'waiting', 'waiting'])
    expect(gate.running).toBe(2)
    for (const one of calls.slice(1)) {
      gate.leave(one.call)
      await settled()
    }
    expect(gate.running).toBe(0)
  })

  it('serves connections in turn where the limit of the server is reached', async () => {
    const gate = gateOf({ maxRunning: 1 })
    const [a, b] = [{}, {}]
    const first = enter(gate, callOn(a))
    const ofA = [enter(gate, callOn(a)), enter(gate, callOn(a))]
    const ofB = [enter(gate, callOn(b))]
    gate.leave(first.call)
    await settled()
    const order: string[] = []
    for (let i = 0; i < 3; i++) {
      const running = [...ofA, ...ofB].find((one) => one.state() === 'in' && !order.includes(one.call.id))!
      order.push(running.call.id)
      gate.leave(running.call)
      await settled()
    }
    // One busy connection does not keep the other waiting behind all of its calls.
    expect(order.indexOf(ofB[0]!.call.id)).toBeLessThan(2)
    expect(gate.running).toBe(0)
  })

  it('refuses the call beyond the waiting limit, and names the limit', () => {
    const gate = gateOf({ maxRunningPerConnection: 1, maxWaitingPerConnection: 1 })
    const connection = {}
    enter(gate, callOn(connection))
    enter(gate, callOn(connection))
    expect(() => gate.enter(callOn(connection))).toThrow(
      expect.objectContaining({
        code: 'RESOURCE_EXHAUSTED',
        message: expect.stringContaining('maxWaitingPerConnection'),
      }),
    )
    expect(enter(gate, callOn({})).state()).toBe('in')
  })

  it('forgets a waiting call that is cancelled', async () => {
    const gate = gateOf({ maxRunningPerConnection: 1 })
    const connection = {}
    const [first, second, third] = Array.from({ length: 3 }, () => enter(gate, callOn(connection)))
    second!.call.lifetime.cancel(new RpcError('CANCELLED', 'x'))
    await settled()
    expect(second!.state()).toBe('CANCELLED')
    gate.leave(first!.call)
    await settled()
    expect(third!.state()).toBe('in')
    gate.leave(third!.call)
    expect(gate.running).toBe(0)
  })

  it('counts calls without a connection together', () => {
    const gate = gateOf({ maxRunningPerConnection: 1 })
    expect([enter(gate, callOn()).state(), enter(gate, callOn()).state()]).toEqual(['in', 'waiting'])
  })

  it('never loses a place: after any order of comings and goings nobody waits beside a free one', async () => {
    const gate = gateOf({ maxRunning: 3, maxRunningPerConnection: 2 })
    const connections = [{}, {}, {}]
    const calls = Array.from({ length: 60 }, (_, i) => enter(gate, callOn(connections[i % 3])))
    for (let left = calls.length; left > 0;) {
      const running = calls.filter((one) => one.state() === 'in')
      expect(running.length).toBe(Math.min(3, left))
      const one = running[left % running.length]!
      gate.leave(one.call)
      calls.splice(calls.indexOf(one), 1)
      left--
      await settled()
    }
    expect(gate.running).toBe(0)
  })

  it('bounds the bytes that wait for a connection; one message always may', async () => {
    const gate = gateOf({ maxRunningPerConnection: 1, maxWaitingBytesPerConnection: 100 })
    const connection = {}
    const first = enter(gate, callOn(connection, 1_000))
    const large = enter(gate, callOn(connection, 500))
    expect(large.state()).toBe('waiting')
    expect(() => gate.enter(callOn(connection, 1))).toThrow('maxWaitingBytesPerConnection')
    gate.leave(first.call)
    await settled()
    expect(large.state()).toBe('in')
    const small = [enter(gate, callOn(connection, 60)), enter(gate, callOn(connection, 40))]
    expect(() => gate.enter(callOn(connection, 1))).toThrow('calls of 100 bytes wait')
    small[0]!.call.lifetime.cancel(new RpcError('CANCELLED', 'gone'))
    await settled()
    expect(enter(gate, callOn(connection, 60)).state()).toBe('waiting')
    expect(enter(gate, callOn({}, 60)).state()).toBe('in')
  })
})
