import { expect, it } from 'vitest'
import { leanKafkajs } from '../../../../lib/transports/kafka/connection/lean/kafkajs.ts'
import { loaded } from './originals.ts'

it('all is found where kafkajs keeps it', async () => {
  const produce = loaded('requests/produce') as { protocol: unknown }
  const fetch = loaded('requests/fetch') as { protocol: unknown }
  const decoder = loaded('decoder') as { prototype: { readVarLong: unknown } }
  const before = {
    produce: produce.protocol,
    fetch: fetch.protocol,
    readVarLong: decoder.prototype.readVarLong,
  }
  await leanKafkajs()
  expect(produce.protocol, 'kafkajs makes its requests elsewhere now').not.toBe(before.produce)
  expect(fetch.protocol, 'kafkajs makes its requests elsewhere now').not.toBe(before.fetch)
  expect(decoder.prototype.readVarLong, 'kafkajs keeps its decoder elsewhere now').not.toBe(
    before.readVarLong,
  )
})
