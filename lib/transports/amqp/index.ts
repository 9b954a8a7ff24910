/** The RabbitMQ transport: the package amqplib serves and calls. */
import type { TransportFactory } from '../../core/registry.ts'
import type { Transport } from '../../core/transport.ts'
import { amqpSettings, type AmqpOptions } from './options.ts'
import { urlOptions } from './url-options.ts'

export type { AmqpOptions, QueuePer, TlsOptions } from './options.ts'

const schemes = ['amqp', 'amqps'] as const

function open(options: AmqpOptions = {}): Transport {
  const settings = amqpSettings(options)
  return {
    schemes,
    async serve(invoke, describe) {
      const { serveAmqp } = await import('./server.ts')
      return serveAmqp(invoke, describe, settings)
    },
    async connect(describe) {
      const { connectAmqp } = await import('./client.ts')
      return connectAmqp(describe, settings)
    },
  }
}

/** Calls of all kinds over queues of RabbitMQ, as envelopes of JSON. */
export const amqp: TransportFactory & ((options?: AmqpOptions) => Transport) = /* @__PURE__ */ Object.assign(
  open,
  { schemes, fromUrl: (url: string) => open(urlOptions(url)) },
)
