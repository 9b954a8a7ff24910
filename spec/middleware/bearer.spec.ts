import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, Empty, rpc, RpcError } from 'microapi-ts'
import { bearer } from 'microapi-ts/middleware'
import { expect, expectTypeOf, it } from 'vitest'

const auth = bearer({
  verify: async (token) => {
    if (token === 'worn') throw new RpcError('PERMISSION_DENIED', 'the account is closed')
    return token === 'good' ? { account: { name: 'ann' } } : undefined
  },
})
const me = rpc.use(auth).unary(Empty, Type.Object({ name: Type.String() }), (_, { account }) => {
  expectTypeOf(account).toEqualTypeOf<{ name: string }>()
  return account
})
const app = createApp({ services: { users: defineService({ me }) } })
const call = async (authorization?: string): Promise<unknown> => {
  await using client = createClient(app)
  return await client.users.me(undefined, authorization === undefined ? {} : { metadata: { authorization } })
}

it.each(['Bearer good', 'bearer good', 'Bearer   good'])(
  '%s lets the call in, with the account in its context',
  async (value) => {
    expect(await call(value)).toEqual({ name: 'ann' })
  },
)

it.each([undefined, '', 'good', 'Basic good', 'Bearer', 'Bearer ', 'Bearer good, Bearer good', 'Bearer bad'])(
  '%s is UNAUTHENTICATED',
  async (value) => {
    await expect(call(value)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  },
)

it('an RpcError that verify throws is the answer', async () => {
  await expect(call('Bearer worn')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
})

it("what verify adds may not hide the call's own facts", () => {
  // @ts-expect-error `signal` is the call's
  bearer({ verify: () => ({ signal: 1 }) })
})
