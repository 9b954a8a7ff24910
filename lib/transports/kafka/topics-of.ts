import { failurePolicy } from '../../core/failure-policy.ts'
import { RpcError } from '../../core/errors.ts'
import type { Description, MethodDescription } from '../../core/transport.ts'
import { unrunPauseMs } from '../../wire/broker/handle-delivery.ts'
import type { KafkaSettings } from './options.ts'
import { cancelTopic } from './protocol.ts'
import type { WantedTopic } from './topics.ts'

/** What a server takes messages from: a topic, and those where what failed of it comes again. They share one limit of running handlers. */
export interface Source {
  /** The topic; for an event of which every app has a copy, with the app's group behind it. Retry topics and the topic of dead letters are called after it. */
  readonly name: string
  readonly topic: string
  /** The event that it is for; undefined for requests. */
  readonly event: MethodDescription | undefined
  /** Of its retry topics: the pause of each, in ms. */
  readonly retries: ReadonlyMap<string, number>
}

/** What is read by one consumer group. */
export interface SourceGroup {
  readonly groupId: string
  /** Whether it is of events. */
  readonly isOfEvents: boolean
  readonly sources: readonly Source[]
}

/** The topic where requests for a method go. */
export function topicOf({ topic, topicPer }: KafkaSettings, service: string, method: string): string {
  if (topicPer === undefined) return topic
  return topicPer === 'service' ? `${topic}.${service}` : `${topic}.${service}.${method}`
}

/** How long what was answered is kept, in ms: whoever waited for it has read it or is gone. */
const replyRetentionMs = 3_600_000

/** A topic of answers, as it is made. */
export function replies(topic: string): WantedTopic {
  return { topic, config: { 'retention.ms': `${replyRetentionMs}` } }
}

/** All topics that a server needs to be there, those of dead letters aside. */
export function wantedTopics(groups: readonly SourceGroup[], settings: KafkaSettings): WantedTopic[] {
  const { topic, replyTopic, createTopics } = settings
  const sources = groups.flatMap((group) => group.sources)
  // Every partition is one more to be asked for news.
  const few = createTopics ? { partitions: Math.min(3, createTopics.partitions) } : {}
  return [
    ...unique(sources.map((source) => source.topic)).map((name) => ({ topic: name })),
    ...unique(sources.flatMap(({ retries }) => [...retries.keys()])).map((name) => ({ topic: name, ...few })),
    replies(replyTopic),
    { topic: cancelTopic(topic), partitions: 1 },
  ]
}

/** All that a server reads of a source. */
export function topicsOf({ topic, retries }: Source): string[] {
  return [topic, ...retries.keys()]
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}

/** The topic of an event. */
export function eventTopicOf({ eventPrefix }: KafkaSettings, service: string, method: string): string {
  return `${eventPrefix}${service}.${method}`
}

/** The topic of dead letters of a source. */
export function deadTopicOf(source: string): string {
  return `${source}.dead`
}

/** Where a source's messages come again behind a pause. */
export function retryTopicOf(source: string, delayMs: number): string {
  return `${source}.retry.${delayMs}`
}

/**
 * What a server reads, by group: its requests in a group of the app's; the events of a service in one that all who handle
 * them share; those of which every app has a copy in one of the app's again. Throws a TypeError where that follows from
 * methods that nobody described.
 */
export function sourceGroupsOf(
  settings: KafkaSettings,
  describe: Description | undefined,
): readonly SourceGroup[] {
  const { topic, topicPer, groupId, eventPrefix } = settings
  if (topicPer !== undefined && !describe)
    throw new TypeError('kafka: topicPer needs to know the methods: serve an app, or give a description')
  const methods = describe?.methods ?? []
  const calls = methods.filter(({ kind }) => kind !== 'event')
  const requests = new Map<string, MethodDescription[]>()
  if (topicPer === undefined) requests.set(topic, calls)
  else for (const one of calls) push(requests, topicOf(settings, one.service, one.name), one)

  const groups = new Map<string, Source[]>()
  for (const [name, served] of requests) push(groups, groupId, sourceOf(name, name, served))
  for (const event of methods.filter(({ kind }) => kind === 'event')) {
    const { service, name, options } = event
    const eventTopic = eventTopicOf(settings, service, name)
    if (options.fanout)
      push(groups, `${groupId}.events`, sourceOf(`${eventTopic}.${groupId}`, eventTopic, [event], event))
    else push(groups, `${eventPrefix}${service}`, sourceOf(eventTopic, eventTopic, [event], event))
  }
  return [...groups].map(([id, sources]) => ({
    groupId: id,
    sources,
    isOfEvents: sources.some(({ event }) => event !== undefined),
  }))
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}

function sourceOf(
  name: string,
  topic: string,
  methods: readonly MethodDescription[],
  event?: MethodDescription,
): Source {
  const delays = new Set(methods.flatMap(delaysOf))
  const retries = new Map([...delays].map((ms) => [retryTopicOf(name, ms), ms] as const))
  return { name, topic, event, retries }
}

/** The pauses that the policy of a method may ask for: a topic for each is read from the start. */
function delaysOf({ kind, options }: MethodDescription): number[] {
  const policy = failurePolicy(kind, options)
  const passing = new RpcError('INTERNAL', 'it may pass')
  const delays = kind === 'event' ? [unrunPauseMs] : []
  for (let attempt = 1; attempt < policy.attempts; attempt++) {
    const verdict = policy.judge(passing, attempt)
    if (verdict.fate === 'retry') delays.push(verdict.delayMs)
  }
  return delays
}
