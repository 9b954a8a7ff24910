import { rpc } from '../core/builder.ts'
import { aborted } from './aborted.ts'
import { conformanceContract as contract, type ConformanceClient } from './contract.ts'
import type { Probe } from './probe.ts'

/** Handlers that take their time, and note how they end. */
export function lifeHandlers(probe: Probe, self: () => ConformanceClient) {
  let running = 0
  let most = 0
  const lived = async (name: string, signal: AbortSignal): Promise<never> => {
    probe.note(`${name} began`)
    try {
      return await aborted(signal)
    } finally {
      probe.note(`${name} ended`, signal.reason)
    }
  }
  return rpc.implement(contract.life, {
    hold: (_, ctx) => {
      probe.note('hold deadline', ctx.deadline)
      return lived('hold', ctx.signal)
    },
    deaf: async () => {
      probe.note('deaf began')
      await probe.passed('deaf')
      probe.note('deaf ended')
      return {}
    },
    nested: async (_, ctx) => {
      probe.note('nested deadline', ctx.deadline)
      return self().life.hold({}, { parent: ctx })
    },
    async *stall(_, ctx) {
      yield { value: 0 }
      await lived('stall', ctx.signal)
    },
    async *endless() {
      probe.note('endless began')
      try {
        for (let value = 0; ; value++) yield { value }
      } finally {
        probe.note('endless ended')
      }
    },
    async read(items, ctx) {
      probe.note('read began')
      let value = 0
      try {
        for await (const item of items) {
          value += item.value
          probe.note('read item', item.value)
        }
      } finally {
        probe.note('read ended', ctx.signal.reason)
      }
      return { value }
    },
    async *talk(items, ctx) {
      probe.note('talk began')
      try {
        yield* items
      } finally {
        probe.note('talk ended', ctx.signal.reason)
      }
    },
    busy: async () => {
      most = Math.max(most, ++running)
      probe.note('busy began', most)
      await probe.passed('busy')
      running--
      return {}
    },
    clock: (_, { deadline }) => (deadline === undefined ? {} : { left: Math.round(deadline - Date.now()) }),
  })
}
