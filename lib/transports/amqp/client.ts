import type { Channel, Lookup } from '../../core/transport.ts'
import { brokerChannel } from '../../wire/broker/client-channel.ts'
import type { AmqpSettings } from './options.ts'
import { openWire } from './wire.ts'

/** Calls over RabbitMQ. */
export function connectAmqp(lookup: Lookup | undefined, settings: AmqpSettings): Channel {
  return brokerChannel({
    ...settings,
    lookup,
    open: (listener) => openWire(settings, listener),
    isPython: settings.peer === 'python',
    pythonOption: "amqp({ peer: 'python' })",
  })
}
