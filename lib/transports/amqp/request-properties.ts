import type { Options } from 'amqplib'
import type { OutgoingRequest } from '../../wire/broker/client-wire.ts'
import { ours } from '../../wire/broker/message-kinds.ts'
import type { AmqpSettings } from './options.ts'
import { deadlineHeader } from './protocol.ts'

/** The longest expiry that RabbitMQ takes, in ms. */
const longestExpiry = 4_294_967_295

/** What stands beside a request's envelope. A fresh object: more is written into it. */
export function requestProperties(
  { call, id, deadline, expiresInMs, isOpening }: OutgoingRequest,
  { peer, persistent, priority }: AmqpSettings,
): Options.Publish {
  const options: Options.Publish = { correlationId: id, contentType: 'application/json', mandatory: true }
  if (peer !== 'python') options.type = ours
  if (expiresInMs !== undefined && expiresInMs <= longestExpiry) {
    options.expiration = `${Math.ceil(expiresInMs)}`
    if (deadline !== undefined) options.headers = { [deadlineHeader]: Math.ceil(deadline) }
  }
  if (isOpening) return options
  options.persistent = persistent
  const level = priority?.(call)
  if (level !== undefined) options.priority = level
  return options
}
