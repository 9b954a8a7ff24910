import { parseAddress } from '../../core/address.ts'
import type { Compression, KafkaOptions, SaslOptions, Start, TopicPer } from './options.ts'

/** What may stand behind the `?` of a URL. Values are looked at where all options are. */
const settings: Readonly<Record<string, (value: string) => KafkaOptions>> = {
  topic: (topic) => ({ topic }),
  topicPer: (topicPer) => ({ topicPer: topicPer as TopicPer }),
  group: (groupId) => ({ groupId }),
  replyTopic: (replyTopic) => ({ replyTopic }),
  eventPrefix: (eventPrefix) => ({ eventPrefix }),
  peer: (peer) => ({ peer: peer as 'python' }),
  from: (from) => ({ from: startOf(from) }),
  prefetch: (prefetch) => ({ prefetch: Number(prefetch) }),
  compression: (compression) => ({ compression: compression as Compression }),
  createTopics: (createTopics) => ({ createTopics: truth('createTopics', createTopics) }),
  sasl: (mechanism) => ({ sasl: { mechanism } as SaslOptions }),
  clientId: (clientId) => ({ clientId }),
}

/** `latest`, `earliest`, or a time as ISO 8601 has it. */
function startOf(text: string): Start {
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? (text as Start) : time
}

function truth(name: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  throw new TypeError(`kafka: ${name} is ${JSON.stringify(value)}; use true or false`)
}

/** Reads `kafka://user:password@host:port?topic=…` with its settings. Throws a TypeError for what has no place there. */
export function urlOptions(url: string): KafkaOptions {
  const { query } = parseAddress(url)
  const options: KafkaOptions = { url: url.split('?', 1)[0]! }
  for (const [name, value] of Object.entries(query)) {
    if (!Object.hasOwn(settings, name))
      throw new TypeError(
        `kafka: a URL takes ${Object.keys(settings).join(', ')}; there is no place for ${name}`,
      )
    Object.assign(options, settings[name]!(value))
  }
  return options
}
