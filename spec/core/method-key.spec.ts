import { Type } from '@sinclair/typebox'
import { defineService, rpc, t } from 'microapi-ts'
import { describe, expect, expectTypeOf, it } from 'vitest'

const Order = Type.Object({ item: Type.String(), at: t.DateTime() })

describe('the option key', () => {
  it('is for unary methods and events, and is given what handlers take', () => {
    const key = (input: { item: string; at: Date }): string => input.item
    const shop = defineService({
      sell: rpc.unary(Order, Order, { key }),
      sold: rpc.event(Order, { key: ({ at, item }) => (expectTypeOf(at).toEqualTypeOf<Date>(), item) }),
    })
    expect(shop.sell.options.key).toBe(key)
  })

  it.each(['serverStream', 'clientStream', 'bidiStream'] as const)('of a %s is refused', (kind) => {
    // @ts-expect-error -- nor do the types allow it
    const method = rpc[kind](Order, Order, { key: ({ item }: { item: string }) => item })
    expect(() => defineService({ watch: method })).toThrow(
      new TypeError(
        `method "watch": key is for unary methods and events; a stream's messages keep their order without one, so leave it out`,
      ),
    )
  })

  it('is the only one that streams do not take', () => {
    const watch = rpc.serverStream(Order, Order, {
      cursor: ({ at }) => (expectTypeOf(at).toEqualTypeOf<Date>(), at.getTime()),
      idempotent: true,
      errors: { GONE: { code: 'NOT_FOUND' } },
    })
    expectTypeOf(watch.errors.GONE.code).toEqualTypeOf<'NOT_FOUND'>()
    expect(defineService({ watch }).watch.options.idempotent).toBe(true)
  })
})
