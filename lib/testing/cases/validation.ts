import { createCall } from '../../core/create-call.ts'
import { asJson, check, collect, equal, fails } from '../assert.ts'
import type { ConformanceCase, World } from '../harness.ts'

const topic = 'validation'

/** A message that every field of `values.everything` accepts, as JSON carries it. */
const good = {
  text: 'a',
  mail: 'a@example.org',
  code: 'DE',
  whole: 1,
  real: 1.5,
  flag: true,
  choice: 'red',
  list: [1, 2],
  pair: ['a', 1],
  nested: { deep: { name: 'a' } },
  map: { a: 1 },
  when: '2024-01-02T03:04:05.678Z',
  big: '12345678901234567890',
  bytes: 'AAEC/w==',
}

interface BadField {
  readonly what: string
  readonly change: Record<string, unknown>
  readonly pointer: string
  readonly keyword: string
}

const badFields: readonly BadField[] = [
  { what: 'a missing field', change: { text: undefined }, pointer: '/text', keyword: 'required' },
  { what: 'a number for a string', change: { text: 1 }, pointer: '/text', keyword: 'type' },
  { what: 'null for a string', change: { text: null }, pointer: '/text', keyword: 'type' },
  { what: 'too short a string', change: { text: '' }, pointer: '/text', keyword: 'minLength' },
  { what: 'too long a string', change: { text: 'a'.repeat(101) }, pointer: '/text', keyword: 'maxLength' },
  {
    what: 'a string that breaks its format',
    change: { mail: 'nobody' },
    pointer: '/mail',
    keyword: 'format',
  },
  { what: 'a string that breaks its pattern', change: { code: 'de' }, pointer: '/code', keyword: 'pattern' },
  { what: 'a numeric string for an integer', change: { whole: '1' }, pointer: '/whole', keyword: 'type' },
  { what: 'a fraction for an integer', change: { whole: 1.5 }, pointer: '/whole', keyword: 'type' },
  { what: 'too small an integer', change: { whole: -1 }, pointer: '/whole', keyword: 'minimum' },
  { what: 'too large an integer', change: { whole: 1_001 }, pointer: '/whole', keyword: 'maximum' },
  { what: 'a string for a number', change: { real: '1.5' }, pointer: '/real', keyword: 'type' },
  { what: 'a string for a boolean', change: { flag: 'true' }, pointer: '/flag', keyword: 'type' },
  { what: 'a number for a boolean', change: { flag: 1 }, pointer: '/flag', keyword: 'type' },
  { what: 'an unknown choice', change: { choice: 'blue' }, pointer: '/choice', keyword: 'anyOf' },
  { what: 'an object for an array', change: { list: {} }, pointer: '/list', keyword: 'type' },
  { what: 'a wrong array item', change: { list: [1, 'b'] }, pointer: '/list/1', keyword: 'type' },
  { what: 'too many array items', change: { list: [1, 2, 3, 4] }, pointer: '/list', keyword: 'maxItems' },
  { what: 'a wrong tuple item', change: { pair: ['a', 'b'] }, pointer: '/pair/1', keyword: 'type' },
  { what: 'too short a tuple', change: { pair: ['a'] }, pointer: '/pair', keyword: 'minItems' },
  { what: 'an array for an object', change: { nested: [] }, pointer: '/nested', keyword: 'type' },
  {
    what: 'a wrong field deep inside',
    change: { nested: { deep: { name: 1 } } },
    pointer: '/nested/deep/name',
    keyword: 'type',
  },
  {
    what: 'a missing field deep inside',
    change: { nested: { deep: {} } },
    pointer: '/nested/deep/name',
    keyword: 'required',
  },
  {
    what: 'a wrong value in a record',
    change: { map: { 'a/b~c': 'x' } },
    pointer: '/map/a~1b~0c',
    keyword: 'type',
  },
  { what: 'a text that is no date', change: { when: 'yesterday' }, pointer: '/when', keyword: 'format' },
  {
    what: 'a day that does not exist',
    change: { when: '2023-02-30T00:00:00Z' },
    pointer: '/when',
    keyword: 'format',
  },
  { what: 'a number for a bigint', change: { big: 1 }, pointer: '/big', keyword: 'type' },
  { what: 'a text that is no bigint', change: { big: '1e3' }, pointer: '/big', keyword: 'pattern' },
  { what: 'a text that is no base64', change: { bytes: '***' }, pointer: '/bytes', keyword: 'bytes' },
  { what: 'a wrong optional field', change: { maybe: 1 }, pointer: '/maybe', keyword: 'type' },
]

/** Calls with whatever JSON, past every client's own checks. */
async function send(world: World, method: string, input: unknown): Promise<unknown> {
  const call = createCall({ service: 'values', method, kind: undefined, input, peer: { transport: 'test' } })
  const { output } = await world.invoke(call)
  return asJson(output)
}

const refusals = badFields.map(({ what, change, pointer, keyword }): ConformanceCase => ({
  topic,
  name: `${what} is refused, with its place`,
  clients: 'once',
  async run(world) {
    const input = JSON.parse(JSON.stringify({ ...good, ...change })) as unknown
    const error = await fails(send(world, 'everything', input), {
      code: 'INVALID_ARGUMENT',
      reason: 'VALIDATION',
    })
    const details = error.details as Record<string, unknown>
    equal([details['pointer'], details['keyword']], [pointer, keyword], 'pointer and keyword')
    check(error.message.includes(pointer), `the message "${error.message}" does not name ${pointer}`)
  },
}))

/** Every promise about what comes in and goes out. */
export const validationCases: readonly ConformanceCase[] = [
  ...refusals,
  {
    topic,
    name: 'a good message of every field kind passes, and comes back as it was',
    clients: 'once',
    run: async (world) => equal(await send(world, 'everything', good), good, 'the answer'),
  },
  {
    topic,
    name: 'a caller is told of bad input in the same way whatever the client knows',
    async run({ client }) {
      const error = await fails(() => client.values.text({ text: 1 } as never), {
        code: 'INVALID_ARGUMENT',
        reason: 'VALIDATION',
      })
      equal((error.details as { pointer: string }).pointer, '/text')
    },
  },
  {
    topic,
    name: 'a message that is no object is refused',
    clients: 'once',
    async run(world) {
      for (const input of [1, 'text', true]) {
        await fails(send(world, 'text', input), { code: 'INVALID_ARGUMENT' })
      }
    },
  },
  {
    topic,
    name: 'unknown keys are dropped on the way in, at every depth',
    clients: 'once',
    async run(world) {
      const input = { ...good, more: 1, nested: { deep: { name: 'a', more: 2 }, more: 3 } }
      equal(await send(world, 'everything', input), good)
    },
  },
  {
    topic,
    name: 'an unknown key is refused where the schema says additionalProperties: false',
    clients: 'once',
    async run(world) {
      const error = await fails(send(world, 'strict', { text: 'a', more: 1 }), {
        code: 'INVALID_ARGUMENT',
        reason: 'VALIDATION',
      })
      equal((error.details as { pointer: string }).pointer, '/more')
    },
  },
  {
    topic,
    name: 'unknown keys are kept where the schema allows them',
    clients: ['type'],
    async run({ client }) {
      equal(await client.values.open({ text: 'a', more: 1 } as { text: string }), { text: 'a', more: 1 })
    },
  },
  {
    topic,
    name: 'defaults are filled in, at every depth, and only where nothing was given',
    async run({ client, flavour }) {
      const from = flavour === 'type' ? '1970-01-01T00:00:00.000Z' : new Date(0)
      equal(await client.values.defaults({ inner: {}, each: [{}, { weight: 2 }], label: '' }), {
        size: 10,
        label: '',
        flags: ['a'],
        from,
        inner: { depth: 3 },
        each: [{ weight: 0.5 }, { weight: 2 }],
      })
    },
  },
  {
    topic,
    name: 'a union takes the branch that its tag names, with the defaults of that branch',
    async run({ client }) {
      equal(await client.values.shape({ shape: 'circle' }), { shape: 'circle', radius: 1 })
      equal(await client.values.shape({ shape: 'square', side: 2 }), { shape: 'square', side: 2, tags: [] })
      await fails(() => client.values.shape({ shape: 'heart' } as never), {
        code: 'INVALID_ARGUMENT',
        reason: 'VALIDATION',
      })
      await fails(() => client.values.shape({ shape: 'square' } as never), {
        code: 'INVALID_ARGUMENT',
        reason: 'VALIDATION',
      })
    },
  },
  {
    topic,
    name: "a union's other branches leave no keys behind",
    clients: 'once',
    async run(world) {
      const input = { shape: 'circle', radius: 2, side: 3, tags: ['a'] }
      equal(await send(world, 'shape', input), { shape: 'circle', radius: 2 })
    },
  },
  {
    topic,
    name: 'an intersection keeps the keys of all its parts, and no others',
    clients: 'once',
    async run(world) {
      equal(await send(world, 'both', { text: 'a', value: 1, more: 2 }), { text: 'a', value: 1 })
      const error = await fails(send(world, 'both', { text: 'a' }), { code: 'INVALID_ARGUMENT' })
      equal((error.details as { pointer: string }).pointer, '/value')
    },
  },
  {
    topic,
    name: 'a record keeps every key, whatever it is called',
    async run({ client }) {
      const pairs = { '': 'empty', a: 'b', 'with space': 'c', ü: 'd', toString: 'e', 'a.b/c~d': 'f' }
      equal(await client.values.pairs({ pairs }), { pairs })
    },
  },
  {
    topic,
    name: 'null passes where the schema allows it, and text beside it',
    async run({ client }) {
      equal(await client.values.nullable({ text: null }), { text: null })
      equal(await client.values.nullable({ text: '' }), { text: '' })
    },
  },
  {
    topic,
    name: 'a recursive message passes at every depth and is checked there',
    async run({ client }) {
      const tree = { label: 'a', children: [{ label: 'b', children: [{ label: 'c', children: [] }] }] }
      equal(await client.values.tree(tree), tree)
      const bad = { label: 'a', children: [{ label: 'b', children: [{ label: 1, children: [] }] }] }
      const error = await fails(() => client.values.tree(bad as never), { code: 'INVALID_ARGUMENT' })
      equal((error.details as { pointer: string }).pointer, '/children/0/children/0/label')
    },
  },
  {
    topic,
    name: 'text survives as it is: every plane of Unicode, quotes, control characters',
    async run({ client }) {
      const text = 'ä € 😀 " \\ / \u0000 \u001f \u007f \u2028 \r\n'
      equal(await client.values.text({ text }), { text })
    },
  },
  {
    topic,
    name: 'numbers survive as they are',
    async run({ client }) {
      const real = [0, -1, 0.1, 1e-7, 1.7976931348623157e308, 5e-324]
      for (const one of real)
        equal((await client.values.everything(decoded({ real: one }, client))).real, one)
    },
    clients: ['contract'],
  },
  {
    topic,
    name: 'a method with no input is called with no argument',
    async run({ client, probe }) {
      equal(await client.values.nothing(), {})
      equal(probe.value('nothing'), {}, 'what the handler saw')
      equal(await client.values.nothing({}), {})
      equal(await client.values.nothing(undefined, {}), {})
    },
  },
  {
    topic,
    name: 'bad output is an internal error that shows nothing of it, and is logged',
    async run({ client, log }) {
      const error = await fails(() => client.answers.bad(), { code: 'INTERNAL', message: 'internal error' })
      check(!JSON.stringify(error.details ?? null).includes('secret text'), 'the details show the output')
      check(
        log.lines.some(({ level, details }) => level === 'error' && 'error' in details),
        'nothing was logged',
      )
    },
  },
  {
    topic,
    name: 'bad output in a stream ends it behind the good items',
    async run({ client, log }) {
      const seen: unknown[] = []
      await fails(
        async () => {
          for await (const item of client.answers.bad_item()) seen.push(item)
        },
        { code: 'INTERNAL', message: 'internal error' },
      )
      equal(seen, [{ value: 1 }])
      check(log.lines.length > 0, 'nothing was logged')
    },
  },
  {
    topic,
    name: 'an extra key in an output never reaches the caller',
    async run({ client }) {
      equal(await client.answers.extra(), { value: 1, inner: { text: 'a' } })
      equal(await collect(client.answers.extra_item()), [{ value: 1 }])
    },
  },
  {
    topic,
    name: 'what a caller hands in is not changed',
    async run({ client }) {
      const input = { inner: {}, each: [{}] }
      await client.values.defaults(input)
      equal(input, { inner: {}, each: [{}] })
    },
  },
]

function decoded(change: object, _: unknown): never {
  const when = new Date(good.when)
  return { ...good, when, big: 1n, bytes: new Uint8Array([1]), ...change } as never
}
