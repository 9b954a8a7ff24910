import { RpcError } from '../../core/errors.ts'
import { check, collect, equal, fails } from '../assert.ts'
import type { ConformanceCase, World } from '../harness.ts'

const topic = 'dependencies'

const around = (...between: string[]): string[] => [
  'outer made',
  'inner made',
  ...between,
  'inner cleaned',
  'outer cleaned',
]

/** What both dependencies were told at their clean-up. */
function toldCode({ probe }: World): unknown[] {
  return ['inner', 'outer'].map((name) => {
    const error = probe.value(`${name} cleaned`)
    return error instanceof RpcError ? error.code : error
  })
}

/** What handlers are given is cleaned up behind every call, the last made first, however it ended. */
export const dependencyCases: readonly ConformanceCase[] = [
  {
    topic,
    name: 'are made in order and cleaned up in reverse around a call that succeeds',
    clients: 'once',
    async run(world) {
      equal(await world.client.work.once({ how: 'well' }), {})
      await world.probe.until('outer cleaned')
      equal(world.probe.events, around('once with inner of outer'))
      equal(toldCode(world), [undefined, undefined], 'what the clean-up was told')
    },
  },
  {
    topic,
    name: 'are cleaned up in reverse around a call that fails, and are told why',
    clients: 'once',
    async run(world) {
      await fails(() => world.client.work.once({ how: 'fail' }), { code: 'ABORTED' })
      await world.probe.until('outer cleaned')
      equal(world.probe.events, around('once with inner of outer'))
      equal(toldCode(world), ['ABORTED', 'ABORTED'], 'what the clean-up was told')
    },
  },
  {
    topic,
    name: 'are cleaned up in reverse around a call that is cancelled, and are told so',
    clients: 'once',
    needs: ['unaryCancel'],
    async run(world) {
      const { client, probe } = world
      const abort = new AbortController()
      const failing = fails(client.work.once({ how: 'hold' }, { signal: abort.signal }), {
        code: 'CANCELLED',
      })
      await probe.until('once with inner of outer')
      abort.abort()
      await failing
      await probe.until('outer cleaned')
      equal(probe.events, around('once with inner of outer'))
      equal(toldCode(world), ['CANCELLED', 'CANCELLED'], 'what the clean-up was told')
    },
  },
  {
    topic,
    name: 'live as long as the stream does, and are cleaned up behind its own finally',
    clients: 'once',
    async run(world) {
      equal((await collect(world.client.work.stream({ items: 3, how: 'well' }))).length, 3)
      await world.probe.until('outer cleaned')
      equal(world.probe.events, around('stream with inner of outer', 'stream ended'))
    },
  },
  {
    topic,
    name: 'are cleaned up behind a stream that fails, and are told why',
    clients: 'once',
    async run(world) {
      await fails(() => collect(world.client.work.stream({ items: 3, how: 'fail' })), { code: 'ABORTED' })
      await world.probe.until('outer cleaned')
      equal(world.probe.events, around('stream with inner of outer', 'stream ended'))
      equal(toldCode(world), ['ABORTED', 'ABORTED'], 'what the clean-up was told')
    },
  },
  {
    topic,
    name: 'are cleaned up behind a stream that its reader leaves',
    clients: 'once',
    async run(world) {
      for await (const _ of world.client.work.stream({ items: 1_000_000, how: 'well' })) {
        check(world.probe.count('inner cleaned') === 0, 'cleaned up while the stream was open')
        break
      }
      await world.probe.until('outer cleaned')
      equal(world.probe.events, around('stream with inner of outer', 'stream ended'))
    },
  },
]
