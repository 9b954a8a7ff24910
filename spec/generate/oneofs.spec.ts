import { Type, type TSchema } from '@sinclair/typebox'
import { createApp, createClient, defineService, field, rpc, serve, type Service } from 'microapi-ts'
import { diffApis, fromProto, generateAsyncApi, generateOpenApi } from 'microapi-ts/generate'
import { http } from 'microapi-ts/http'
import { recordingLog } from 'microapi-ts/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { exampleOf } from '../../lib/transports/http/docs/page/example.js'
import { servicesOf } from './contract-module.ts'
import { validator } from './openapi-checks.ts'

const proto = `syntax = "proto3";
message Payment {
  string id = 1;
  oneof by { string card = 2; int32 invoice = 3; bytes cash = 4; }
}
service Payments { rpc Echo(Payment) returns (Payment); }`

const message = 'holds "card" and "cash", of which at most one may be there: they are the oneof by'

const inOneof = (number: number, schema: TSchema): TSchema =>
  field(number, Type.Optional(schema), { oneof: 'by' })
const free = (number: number, schema: TSchema): TSchema => field(number, Type.Optional(schema))
const contract = (wrap: typeof free, more: Readonly<Record<string, TSchema>> = {}, options = {}) => {
  const properties = { card: wrap(1, Type.String()), invoice: wrap(2, Type.Integer()), ...more }
  const schema = Type.Object(properties, options)
  return { s: defineService({ m: rpc.unary(schema, schema) }) } satisfies Readonly<Record<string, Service>>
}

describe('a oneof', () => {
  it('of a .proto holds over JSON too: two of it are refused, as input and as output', async () => {
    const { payments } = await servicesOf(await fromProto({ 'payments.proto': proto }))
    const log = recordingLog()
    const both = { id: 'both', card: 'c', cash: new Uint8Array([1]) }
    // The text is not known when this is compiled.
    const echo = (input: unknown): never =>
      ((input as { id: string }).id === 'give both' ? both : input) as never
    const app = createApp({ services: { payments: rpc.implement(payments!, { Echo: echo }) }, log })
    const server = await serve(app, http({ port: 0 }), { signals: false })
    onTestFinished(() => server.close())
    const call = async (body: object): Promise<unknown> =>
      (
        await fetch(`${server.urls[0]}/payments/Echo`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).json()

    expect(await call({ id: '1', card: '' })).toEqual({ id: '1', card: '' })
    expect(await call({ id: '1', invoice: 7 })).toEqual({ id: '1', invoice: 7 })
    expect(await call({ id: '1' })).toEqual({ id: '1' })
    expect(await call({ id: '1', card: 'c', cash: 'AQ==' })).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'VALIDATION',
      details: { pointer: '', keyword: 'oneofs', message },
    })
    expect(await call({ id: 'give both' })).toMatchObject({ code: 'INTERNAL', error: 'internal error' })
    expect(JSON.stringify(log.lines)).toContain('of which at most one may be there')
    // Before it leaves a client, too.
    const client = createClient({ payments: payments! }, server.urls[0]!)
    onTestFinished(() => client.close())
    const ask = client.payments['Echo']!
    await expect(ask(both)).rejects.toThrow(message)
  })

  it('is in the documents what it is to the check', () => {
    const three = contract(inOneof, { cash: inOneof(3, Type.Null()), id: free(4, Type.String()) })
    const { input, compiled } = three.s.m
    const accepts = (value: object): boolean => {
      try {
        compiled.input.take(value, ({ message: text }) => new Error(text))
        return true
      } catch {
        return false
      }
    }
    const values = [{}, { id: '' }, { card: 'a' }, { cash: null, id: '' }, { card: 'a', invoice: 1 }]
    const all = [...values, { invoice: 1, cash: null }, { card: 'a', invoice: 1, cash: null }]
    expect(all.map(accepts)).toEqual([true, true, true, true, false, false, false])
    for (const document of [generateOpenApi(three), generateAsyncApi(three)]) {
      const schema = Object.values(document.components.schemas as Record<string, object>).find((one) =>
        JSON.stringify(one).includes('invoice'),
      )!
      const isValid = validator(document, schema)
      expect(all.map((value) => isValid(value))).toEqual(all.map(accepts))
      // What the page proposes may be sent.
      const example = exampleOf(schema, { schemas: {}, behind: [] }) as object
      expect(example).toEqual({ card: 'text', id: 'text' })
      expect(accepts(example)).toBe(true)
    }
    expect(input.type).toBe('object')
  })

  it('stands beside a condition of the schema itself', () => {
    const one = contract(inOneof, {}, { not: { required: ['no'] } })
    const { schemas } = generateOpenApi(one).components
    const schema = Object.values(schemas).find((each) => JSON.stringify(each).includes('invoice'))!
    expect(schema).toMatchObject({
      not: { required: ['no'] },
      allOf: [{ not: { required: ['card', 'invoice'] } }],
    })
  })

  it('that is new breaks old callers who send both, over JSON; one that is gone those who get both', () => {
    const [before, after] = [contract(free), contract(inOneof)]
    const found = (old: typeof before, next: typeof before): unknown[] =>
      diffApis(old, next, { wire: 'json' }).changes.map(({ rule, part, message: text, effects }) => [
        `${rule} ${part}: ${text}`,
        ...effects.map(({ whom, level }) => `${whom} ${level}`),
      ])
    const rule = 'exclusive-properties-changed'
    expect(found(before, after)).toEqual([
      [`${rule} input: no longer allowed together: card, invoice`, 'old clients breaking'],
      [`${rule} output: no longer allowed together: card, invoice`, 'new clients breaking'],
    ])
    expect(found(after, before)).toEqual([
      [`${rule} output: allowed together now: card, invoice`, 'old clients breaking'],
      [`${rule} input: allowed together now: card, invoice`, 'new clients breaking'],
    ])
    // What only one of them knows is told of that.
    const more = contract(inOneof, { cash: inOneof(3, Type.String()) })
    expect(diffApis(after, more).level).toBe('safe')
    // Over protobuf the last one is read.
    const overProtobuf = diffApis(before, after, { wire: 'protobuf' })
    expect(overProtobuf.level).toBe('risky')
    expect(overProtobuf.changes.map((one) => one.rule)).not.toContain(rule)
  })
})
