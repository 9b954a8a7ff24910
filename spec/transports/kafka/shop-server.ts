/** A process of its own that answers each order with a bill, in transactions; its argument is KafkaOptions as JSON. */
import { createApp, createClient, defineService, rpc, serve } from 'microapi-ts'
import { kafka, type KafkaOptions } from 'microapi-ts/kafka'
import { bills, Order } from './shop-contract.ts'

const options = JSON.parse(process.argv[2]!) as KafkaOptions
const outside = createClient({ bills }, kafka(options))
const orders = defineService({
  placed: rpc.event(Order, ({ number }) => outside.bills.made.publish({ number })),
})
await serve(createApp({ services: { orders } }), kafka({ ...options, exactlyOnce: true }))
console.log('serving')
