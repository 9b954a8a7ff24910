/** RabbitMQ for specs: what AMQP_URL names, else a node that all spec files of one run share. */
import { afterAll, beforeAll } from 'vitest'
import { describeWhereThere, type Missing } from '../describe-where-there.ts'
import { askForBroker } from './broker.ts'
import { startNode, whatNodeLacks, type RabbitNode } from './rabbitmq-node.ts'

/** Describes what needs RabbitMQ. Where it is missing that is a skip with the reason; in CI a failure. */
export function describeRabbitMq(name: string, body: (broker: { readonly url: string }) => void): void {
  const broker = { url: '' }
  describeWhereThere(name, process.env['AMQP_URL'] ? undefined : missingNode(), () => {
    beforeAll(async () => {
      broker.url = (await askForBroker<{ readonly url: string }>('MICROAPI_RABBITMQ')).url
    }, 100_000)
    body(broker)
  })
}

/** Describes what needs a RabbitMQ node alone, since it is rough with it. */
export function describeOwnRabbitMq(name: string, body: (node: () => RabbitNode) => void): void {
  let node: RabbitNode | undefined
  describeWhereThere(name, missingNode(), () => {
    beforeAll(async () => {
      node = await startNode()
    }, 100_000)
    afterAll(() => node?.stop())
    body(() => node!)
  })
}

function missingNode(): Missing | undefined {
  const reason = whatNodeLacks()
  return reason === undefined ? undefined : { reason }
}
