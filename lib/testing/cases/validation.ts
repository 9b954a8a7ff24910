import { createCall } from '../../core/create-call.ts'
import { asJson, check, collect, equal, fails } from '../assert.ts'
import { badFields, good } from './bad-fields.ts'
import type { ConformanceCase, World } from '../harness.ts'

const topic = 'validation'

/** Calls with whatever JSON, past every client's own checks. */
async function send(world: World, method: string, input: unknown): Promise<unknown> {
  const call = createCall({ service: 'values', method, kind: 'unary', input, peer: { transport: 'test' } })
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
      for (const one of real) equal((await client.values.everything(withReal(one))).real, one)
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

/** {@link good} as a client with a contract has it, with another number. */
function withReal(real: number): never {
  return { ...good, when: new Date(good.when), big: 1n, bytes: new Uint8Array([1]), real } as never
}
