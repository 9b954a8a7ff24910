import { Type } from '@sinclair/typebox'
import { RpcError } from 'microapi-ts'
import { expect, it } from 'vitest'
import { compileSchema } from '../../../lib/core/schema/compile.ts'
import { showAs } from '../../../lib/core/schema/sensitive.ts'
import { deadHeaders as amqpHeaders } from '../../../lib/transports/amqp/protocol.ts'
import { deadHeaders as kafkaHeaders } from '../../../lib/transports/kafka/protocol.ts'

const told = (error: RpcError): unknown[] =>
  [amqpHeaders('q', error), kafkaHeaders('t', error)].map((headers) => {
    const text = String(headers['microapi-error'])
    expect(text.length).toBeLessThanOrEqual(16_384)
    return JSON.parse(text)
  })

it('a dead letter tells its failure whole, up to 16,384 characters', () => {
  const error = new RpcError('ABORTED', 'm', { reason: 'R', details: { text: 'x'.repeat(16_000) } })
  const { code, message, reason, details } = error
  expect(told(error)).toEqual([
    { code, message, reason, details },
    { code, message, reason, details },
  ])
})

it('beyond them it is without details, the texts cut off, whatever they hold', () => {
  for (const text of ['x'.repeat(20_000), '\u0000\ud800'.repeat(20_000)]) {
    const cut = { code: 'ABORTED', message: text.slice(0, 1_000), reason: text.slice(0, 1_000) }
    expect(told(new RpcError('ABORTED', text, { reason: text, details: { text } }))).toEqual([cut, cut])
    const short = { code: 'ABORTED', message: 'm' }
    expect(told(new RpcError('ABORTED', 'm', { details: { text } }))).toEqual([short, short])
  }
})

it('what is redacted is measured as it is told', () => {
  const schema = Type.Object({ pin: Type.String({ sensitive: true }) })
  const details = { pin: 'x'.repeat(20_000) }
  showAs(details, compileSchema(schema).redact)
  const shown = { code: 'ABORTED', message: 'm', details: { pin: '[redacted]' } }
  expect(told(new RpcError('ABORTED', 'm', { details }))).toEqual([shown, shown])
})
