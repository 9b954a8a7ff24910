import path from 'node:path'
import { generateClient, generatePython } from 'microapi-ts/generate'
import { defineService, rpc } from 'microapi-ts'
import { Type } from '@sinclair/typebox'
import { describe, expect, it } from 'vitest'
import { folder } from './command.ts'

const slow = { timeout: 120_000 }
const ok = { exit: 0, error: '' }

const app = (more = '', name = 'users') => `
import { Type } from '@sinclair/typebox'
import { defineService, rpc } from 'microapi-ts'

const User = Type.Object({ name: Type.String()${more} }, { $id: 'User' })
const service = defineService({ get: rpc.unary(Type.Object({ id: Type.Integer() }), User) })
export const app = { ${name}: service }
export const twice = { a: defineService({ get: rpc.unary(User, Type.Object({ aB: Type.Null(), a_b: Type.Null() })) }) }
export const lost = { a: defineService({ get: rpc.unary(User, Type.Object({ a: Type.Ref('Nobody') })) }) }
`
const User = Type.Object({ name: Type.String() }, { $id: 'User' })
const users = defineService({ get: rpc.unary(Type.Object({ id: Type.Integer() }), User) })

describe('microapi generate --client --python', () => {
  it('writes what the functions make, and leaves alone what is right', slow, async () => {
    const { shared, read, list } = folder({ 'app.ts': app() })
    const args = ['generate', 'app.ts', '--client', '--name', 'people', '--python', '-o', 'made/people']
    const { exit, error, out } = await shared(...args)
    expect({ exit, error }).toEqual(ok)
    expect(out.split('\n')).toContain('wrote made/people/client.ts')
    expect(list('made/people')).toEqual(
      [
        '__init__.py',
        '_codecs.py',
        '_connection.py',
        '_exchange.py',
        '_streams.py',
        '_values.py',
        'client.ts',
        'py.typed',
        'types.py',
        'users.py',
      ].toSorted(),
    )
    expect(read('made/people/client.ts')).toBe(generateClient({ users }, { name: 'people' })['client.ts'])
    expect(read('made/people/users.py')).toBe(generatePython({ users })['users.py'])
    expect((await shared(...args)).out).not.toContain('wrote')
  })

  it('says what is stale, missing or left over, and changes nothing then', slow, async () => {
    const { shared, read, write, list } = folder({ 'app.ts': app() })
    const args = ['--client', '--python', '-o', 'people']
    await shared('generate', 'app.ts', ...args)
    expect(await shared('generate', 'app.ts', ...args, '--check')).toMatchObject(ok)
    const before = [read('people/client.ts'), list('people')]
    write({ 'later.ts': app(', age: Type.Integer()', 'persons'), 'people/own.py': 'mine = 1\n' })
    const { exit, error } = await shared('generate', 'later.ts', ...args, '--check')
    expect(exit).toBe(1)
    const people = (file: string): string => path.join('people', file)
    for (const told of [
      `${people('client.ts')} (differs)`,
      `${people('types.py')} (differs)`,
      `${people('persons.py')} (missing)`,
      `${people('users.py')} (left over: delete it)`,
    ])
      expect(error).toContain(told)
    expect(error).not.toContain('own.py')
    expect([read('people/client.ts'), list('people').filter((name) => name !== 'own.py')]).toEqual(before)
  })

  it.each([
    [
      ['app.ts', '--python', '-o', 'my-people'],
      2,
      '"my-people" is no name of one; use letters, digits and "_", as in -o my_people',
    ],
    [
      ['app.ts:twice', '--python', '--client', '-o', 'people'],
      1,
      'a.get output: properties "aB" and "a_b" are both a_b in Python',
    ],
    [['app.ts:lost', '--client', '-o', 'people'], 1, 'a.get output/a: $ref "Nobody" points at no schema'],
  ])('is told in a line why nothing is written: %#', slow, async (args, exit, message) => {
    const { shared, list } = folder({ 'app.ts': app() })
    const ran = await shared('generate', ...args)
    expect(ran).toMatchObject({ exit, out: '' })
    expect(ran.error).toMatch(/^[^\n]*\n$/)
    expect(ran.error).toContain(message)
    expect(list()).not.toContain('people')
  })
})

it('clients of 500 methods are made while nobody waits', slow, () => {
  const services = Object.fromEntries(
    Array.from({ length: 50 }, (_one, s) => [
      `service${s}`,
      defineService(
        Object.fromEntries(
          Array.from({ length: 10 }, (_, m) => {
            const Row = Type.Object(
              {
                id: Type.Integer(),
                name: Type.String(),
                tags: Type.Array(Type.String()),
                user: Type.Optional(User),
              },
              { $id: `Row${s}_${m}` },
            )
            const Input = Type.Object({ id: Type.Integer(), limit: Type.Optional(Type.Integer()) })
            return [`method${m}`, rpc.unary(Input, Row)]
          }),
        ),
      ),
    ]),
  )
  const begin = performance.now()
  const client = generateClient(services)
  const between = performance.now()
  const python = generatePython(services)
  const end = performance.now()
  if (process.env['FIGURES']) console.log({ client: between - begin, python: end - between })
  expect(client['client.ts']).toContain('method9: rpc.unary(')
  expect(Object.keys(python)).toHaveLength(50 + 8)
  // The promise is of the whole command, and this a busy machine.
  expect(end - begin).toBeLessThan(10_000)
})
