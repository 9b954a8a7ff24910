import type { Channel, Lookup } from '../../core/transport.ts'
import { brokerChannel } from '../../wire/broker/client-channel.ts'
import { keyReader } from './key-of.ts'
import type { KafkaSettings } from './options.ts'
import { commonReplies } from './protocol.ts'
import { openWire } from './wire.ts'

/** Calls over Kafka. */
export function connectKafka(lookup: Lookup | undefined, settings: KafkaSettings): Channel {
  return brokerChannel({
    ...settings,
    lookup,
    open: (listener) => openWire(settings, keyReader(lookup), listener),
    reconnectMs,
    // Where Python's servers answer: they read no headers.
    requestMetadata: { reply_topic: commonReplies },
    isPython: settings.peer === 'python',
    pythonOption: "kafka({ peer: 'python' })",
  })
}

/** The least time between two attempts to begin, in ms. What has begun comes back by itself. */
const reconnectMs = 1_000
