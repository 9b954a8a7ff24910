// oxlint-disable vitest/valid-title, vitest/no-disabled-tests, vitest/no-conditional-tests, vitest/valid-describe-callback -- names and bodies are data
/** RabbitMQ for specs: what AMQP_URL names, else a node that all spec files of one run share. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startNode, whatNodeLacks, type RabbitNode } from './rabbitmq-node.ts'

/** Describes what needs RabbitMQ. Where it is missing that is a skip with the reason; in CI a failure. */
export function describeRabbitMq(name: string, body: (broker: { readonly url: string }) => void): void {
  const broker = { url: '' }
  describeBroker(name, process.env['AMQP_URL'] ? undefined : whatNodeLacks(), () => {
    beforeAll(async () => {
      broker.url = await rabbitMqUrl()
    }, 100_000)
    body(broker)
  })
}

/** Describes what needs a RabbitMQ node alone, since it is rough with it. */
export function describeOwnRabbitMq(name: string, body: (node: () => RabbitNode) => void): void {
  let node: RabbitNode | undefined
  describeBroker(name, whatNodeLacks(), () => {
    beforeAll(async () => {
      node = await startNode()
    }, 100_000)
    afterAll(() => node?.stop())
    body(() => node!)
  })
}

function describeBroker(name: string, missing: string | undefined, body: () => void): void {
  if (missing === undefined) describe(name, body)
  else if (process.env['CI']) {
    it(name, () => {
      throw new Error(missing)
    })
  } else it.skip(`${name} (${missing})`)
}

/** Asks the process that runs all specs (global-setup.ts). */
async function rabbitMqUrl(): Promise<string> {
  const socket = connect(Number(process.env['MICROAPI_BROKERS']), '127.0.0.1')
  let text = ''
  for await (const chunk of socket.setEncoding('utf8')) text += chunk as string
  const { url, failure } = JSON.parse(text) as { url?: string; failure?: string }
  if (url === undefined) throw new Error(failure)
  return url
}
