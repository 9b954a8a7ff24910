import { createMemoryBroker, type BrokerHarness, type QueueOf } from 'microapi-ts/testing'
import { brokerConformance } from './broker-cases.ts'

const nameOf = ({ event, queue }: QueueOf): string =>
  ['microapi-events', event, queue]
    .filter((part) => part !== undefined)
    .slice(event === undefined ? 1 : 0)
    .join('.')

const harness: BrokerHarness = {
  name: 'the memory broker',
  async start() {
    const broker = createMemoryBroker()
    return {
      transport: broker.transport,
      nameOf,
      deadLetters: async (of) => broker.deadLetters().filter(({ queue }) => queue === nameOf(of)),
      disconnect: async () => broker.disconnect(),
      close: async () => {},
    }
  },
}

brokerConformance(harness)
