import { parseAddress } from '../../core/address.ts'
import type { AmqpOptions } from './options.ts'

/** What may stand behind the `?` of a URL. */
const settings = {
  queue: (queue: string) => ({ queue }),
  queuePer: (queuePer: string) => ({ queuePer: oneOf('queuePer', queuePer, ['service', 'method']) }),
  eventExchange: (eventExchange: string) => ({ eventExchange }),
  replies: (replies: string) => ({ replies: oneOf('replies', replies, ['direct', 'queue']) }),
  peer: (peer: string) => ({ peer: oneOf('peer', peer, ['python']) }),
  prefetch: (prefetch: string) => ({ prefetch: Number(prefetch) }),
}

function oneOf<T extends string>(name: string, value: string, values: readonly T[]): T {
  if (values.includes(value as T)) return value as T
  throw new TypeError(`amqp: ${name}=${value}; use ${values.join(' or ')}`)
}

/** Reads `amqp://user:password@host:port/vhost?queue=…` with its settings. Throws a TypeError for what has no place there. */
export function urlOptions(url: string): AmqpOptions {
  const { query } = parseAddress(url)
  const options: AmqpOptions = { url: url.split('?', 1)[0]! }
  for (const [name, value] of Object.entries(query)) {
    if (!Object.hasOwn(settings, name))
      throw new TypeError(
        `amqp: a URL takes ${Object.keys(settings).join(', ')}; there is no place for ${name}`,
      )
    Object.assign(options, settings[name as keyof typeof settings](value))
  }
  return options
}
