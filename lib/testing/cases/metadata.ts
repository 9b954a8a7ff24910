import { fromBase64 } from '../../core/base64.ts'
import type { MetadataInit } from '../../core/metadata.ts'
import { check, collect, equal, fails } from '../assert.ts'
import type { ConformanceCase } from '../harness.ts'

const topic = 'metadata'

/** A key of so many bytes in all, beside its name. */
function large(bytes: number): MetadataInit {
  return { large: 'x'.repeat(bytes) }
}

function many(entries: number): MetadataInit {
  return Object.fromEntries(Array.from({ length: entries }, (_, i) => [`key-${i}`, 'x']))
}

const badInits: readonly (readonly [what: string, init: MetadataInit])[] = [
  ['a value beyond ASCII', { key: 'ä' }],
  ['a value with a line break', { key: 'a\r\nset-cookie: b' }],
  ['a value with NUL', { key: 'a\u0000' }],
  ['a key with a space', { 'a b': 'c' }],
  ['a key with a line break', { 'a\nb': 'c' }],
  ['a key with a colon', { 'a:b': 'c' }],
  ['an empty key', { '': 'c' }],
  ['bytes under a key for text', { key: new Uint8Array([1]) }],
]

/** What travels beside the messages. */
export const metadataCases: readonly ConformanceCase[] = [
  {
    topic,
    name: 'what the caller sends reaches the handler, with keys in lower case and repeated values joined',
    async run({ client }) {
      const { seen } = await client.metadata.mirror(undefined, {
        metadata: {
          One: 'a',
          repeated: ['b', 'c, d'],
          'x.y_z-1': '~ !"#$%&',
          'raw-bin': new Uint8Array([0, 1, 255]),
          none: undefined,
        },
      })
      equal(seen['one'], 'a')
      equal(seen['repeated'], 'b, c, d')
      equal(seen['x.y_z-1'], '~ !"#$%&')
      equal(fromBase64(seen['raw-bin'] ?? '?'), new Uint8Array([0, 1, 255]))
      check(!('none' in seen), 'an undefined value was sent')
    },
  },
  {
    topic,
    name: "nothing reaches the handler that nobody sent: no transport's own headers, no deadline",
    async run({ client }) {
      equal(await client.metadata.mirror(undefined, { timeoutMs: 5_000 }), { seen: {} })
    },
  },
  {
    topic,
    name: "the client's own metadata goes with each call, under the call's",
    client: { metadata: { both: 'client', mine: 'm' } },
    async run({ client }) {
      equal((await client.metadata.mirror(undefined, { metadata: { both: 'call' } })).seen, {
        both: 'call',
        mine: 'm',
      })
      equal((await client.metadata.mirror()).seen, { both: 'client', mine: 'm' })
    },
  },
  {
    topic,
    name: 'header and trailer of a single answer arrive',
    async run({ client }) {
      const call = client.metadata.mirror()
      await call
      const [header, trailer] = [await call.header, await call.trailer]
      equal(header.get('from-header'), 'a, b')
      equal(header.getBytes('header-bin'), new Uint8Array([0, 255]))
      equal(trailer.get('from-trailer'), 'c, d')
      equal(trailer.getBytes('trailer-bin'), new Uint8Array([1, 2, 3]))
    },
  },
  {
    topic,
    name: "a stream's header is there before its first item is taken, its trailer behind the last",
    async run({ client }) {
      const call = client.metadata.stream({ items: 3 })
      const first = await call.next()
      equal(first, { done: false, value: { value: 0 } })
      equal((await call.header).get('from-header'), 'early')
      equal((await collect(call)).length, 2)
      equal((await call.trailer).get('from-trailer'), 'late')
      equal((await call.trailer).get('count'), '3')
    },
  },
  {
    topic,
    name: 'an empty stream brings its header and its trailer',
    async run({ client }) {
      const call = client.metadata.stream({ items: 0 })
      equal(await collect(call), [])
      equal((await call.header).get('from-header'), 'early')
      equal((await call.trailer).get('from-trailer'), 'late')
    },
  },
  {
    topic,
    name: 'metadata go with two-way streams as well',
    async run({ client }) {
      const call = client.metadata.late([{ value: 1 }], { metadata: { key: 'a' } })
      equal(await collect(call), [{ value: 1 }])
      equal((await call.header).get('from-header'), 'early')
      equal((await call.trailer).get('from-trailer'), 'late')
    },
  },
  {
    topic,
    name: 'a call that fails has had its metadata; asking for its header tells the failure',
    async run({ client, probe }) {
      const call = client.metadata.failing(undefined, { metadata: { who: 'me' } })
      await fails(call, { code: 'NOT_FOUND', message: 'nobody called me' })
      equal(probe.value('saw'), 'me')
      await fails(call.header, { code: 'NOT_FOUND' })
      await fails(call.trailer, { code: 'NOT_FOUND' })
    },
  },
  ...badInits.map(([what, metadata]): ConformanceCase => ({
    topic,
    name: `${what} is INVALID_ARGUMENT before anything is sent`,
    async run({ client, probe }) {
      await fails(() => client.metadata.failing(undefined, { metadata }), { code: 'INVALID_ARGUMENT' })
      await fails(() => client.streams.count({ to: 1 }, { metadata }).next(), { code: 'INVALID_ARGUMENT' })
      await client.values.nothing()
      equal(probe.count('saw'), 0, 'handlers that ran')
    },
  })),
  {
    topic,
    name: 'as many entries as the limit pass, one more is RESOURCE_EXHAUSTED',
    async run({ client, probe }) {
      equal(Object.keys((await client.metadata.mirror(undefined, { metadata: many(100) })).seen).length, 100)
      await fails(() => client.metadata.failing(undefined, { metadata: many(101) }), {
        code: 'RESOURCE_EXHAUSTED',
      })
      equal(probe.count('saw'), 0, 'handlers that ran')
    },
  },
  {
    topic,
    name: 'metadata over 16 KiB are RESOURCE_EXHAUSTED, those under it pass',
    async run({ client, probe }) {
      equal(
        (await client.metadata.mirror(undefined, { metadata: large(12_000) })).seen['large']?.length,
        12_000,
      )
      await fails(() => client.metadata.failing(undefined, { metadata: large(17_000) }), {
        code: 'RESOURCE_EXHAUSTED',
      })
      equal(probe.count('saw'), 0, 'handlers that ran')
    },
  },
  {
    topic,
    name: 'an app may set limits of its own',
    server: { limits: { maxMetadataEntries: 2, maxMetadataBytes: 1_000 } },
    async run({ client }) {
      await client.metadata.mirror(undefined, { metadata: many(2) })
      const error = await fails(() => client.metadata.mirror(undefined, { metadata: many(3) }), {
        code: 'RESOURCE_EXHAUSTED',
      })
      check(error.message.includes('maxMetadataEntries'), `"${error.message}" does not name the limit`)
      await fails(() => client.metadata.mirror(undefined, { metadata: large(1_001) }), {
        code: 'RESOURCE_EXHAUSTED',
      })
    },
  },
  {
    topic,
    name: 'a call that brings no id is given one, which the log names',
    async run({ client, log }) {
      await fails(() => client.failures.secret(), { code: 'INTERNAL' })
      const [line] = log.lines
      const { id = '' } = (line?.details ?? {}) as { id?: string }
      check(/^[0-9a-f]{32}$/.test(id), `the id "${id}" is no 32 hex digits`)
    },
  },
]
