import {
  conformanceCases,
  flavoursOf,
  inProcessHarness,
  recordingLog,
  runCase,
  transportHarness,
  whyNot,
  type Harness,
} from 'microapi-ts/testing'
import { memory } from 'microapi-ts/memory'
import { describe, expect, it } from 'vitest'
import { check, equal, fails } from '../../lib/testing/assert.ts'
import { createProbe } from '../../lib/testing/probe.ts'

describe('the conformance cases', () => {
  it('have names of their own, so that a harness can say which of them it cannot', () => {
    const names = conformanceCases.map(({ name }) => name)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  it('fail over a transport that breaks a promise', async () => {
    const link = () => {
      const transport = memory()
      const forgetful: typeof transport = {
        ...transport,
        connect: async () => {
          const channel = await transport.connect()
          return { ...channel, invoke: async (call) => ({ ...(await channel.invoke(call)), output: {} }) }
        },
      }
      return { server: transport, client: () => forgetful }
    }
    const harness = transportHarness('forgetful', link)
    const one = conformanceCases.find(({ name }) => name.startsWith('text survives'))!
    await expect(runCase(harness, one, 'type')).rejects.toThrow('should be')
    await expect(runCase(inProcessHarness(), one, 'contract')).resolves.toBeUndefined()
  })

  it('are left out by name or by what they need, with the reason', () => {
    const [one] = conformanceCases
    const harness: Harness = { ...inProcessHarness(), cannot: { [one!.name]: 'by name', server: 'by need' } }
    expect(whyNot(harness, one!)).toBe('by name')
    expect(
      whyNot(
        harness,
        conformanceCases.find(({ needs }) => needs?.[0] === 'server')!,
      ),
    ).toBe('by need')
    expect(flavoursOf(harness, one!)).toEqual(['contract'])
  })
})

describe('what the cases check with', () => {
  it('tells values apart by what they say', () => {
    equal({ a: [new Date(5), 1n, new Uint8Array([1])] }, { a: [new Date(5), 1n, Buffer.from([1])] })
    for (const [a, b] of [
      [1, '1'],
      [new Date(1), new Date(2)],
      [[1], [1, 2]],
      [{ a: 1 }, { b: 1 }],
      [{}, []],
      [null, {}],
      [0, -0],
    ]) {
      expect(() => equal(a, b)).toThrow('should be')
    }
    expect(() => check(false, 'no')).toThrow('no')
    check(0, 'zero is something')
  })

  it('wants the failure that it was told', async () => {
    await expect(fails(Promise.resolve(1), { code: 'ABORTED' })).rejects.toThrow(
      'gave 1 where it should fail with ABORTED',
    )
    await expect(fails(Promise.reject(new Error('x')), { code: 'ABORTED' })).rejects.toThrow(
      'Error: x in place of an RpcError',
    )
  })

  it('waits for what is to happen', async () => {
    const probe = createProbe()
    const seen = probe.until('a', 2)
    probe.note('a', 1)
    probe.note('a', 2)
    await seen
    expect([probe.count('a'), probe.value('a'), probe.events]).toEqual([2, 2, ['a', 'a']])
    const passed = probe.passed('gate')
    probe.open('gate')
    await passed
    await probe.passed('gate')
  })

  it('keeps the lines of a log', () => {
    const log = recordingLog()
    log.warn({ a: 1 }, 'careful')
    expect(log.lines).toEqual([{ level: 'warn', details: { a: 1 }, message: 'careful' }])
  })
})
