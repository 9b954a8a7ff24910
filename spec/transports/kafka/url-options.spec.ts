import { describe, expect, it } from 'vitest'
import { kafkaSettings } from '../../../lib/transports/kafka/options.ts'
import { urlOptions } from '../../../lib/transports/kafka/url-options.ts'

describe("a URL's settings", () => {
  it('stand behind its ?', () => {
    const url =
      'kafka://me:secret@a,b:1?topic=t&topicPer=service&group=g&replyTopic=r&eventPrefix=e.&peer=python&from=earliest&prefetch=5&compression=gzip&createTopics=false&sasl=scram-sha-256&clientId=c'
    expect(urlOptions(url)).toStrictEqual({
      url: 'kafka://me:secret@a,b:1',
      topic: 't',
      topicPer: 'service',
      groupId: 'g',
      replyTopic: 'r',
      eventPrefix: 'e.',
      peer: 'python',
      from: 'earliest',
      prefetch: 5,
      compression: 'gzip',
      createTopics: false,
      sasl: { mechanism: 'scram-sha-256' },
      clientId: 'c',
    })
    expect(kafkaSettings(urlOptions(url)).sasl).toStrictEqual({
      mechanism: 'scram-sha-256',
      username: 'me',
      password: 'secret',
    })
  })

  it('may be a time to begin at', () => {
    expect(urlOptions('kafka://a?from=2030-01-02T03:04:05Z').from).toStrictEqual(
      new Date('2030-01-02T03:04:05Z'),
    )
  })

  it('may be none', () => {
    expect(urlOptions('kafkas://a')).toStrictEqual({ url: 'kafkas://a' })
  })

  it.each([
    ['kafka://a?nonsense=1', 'a URL takes topic, topicPer, group,'],
    ['kafka://a?nonsense=1', 'there is no place for nonsense'],
    ['kafka://a?toString=1', 'there is no place for toString'],
    ['kafka://a?createTopics=yes', 'createTopics is "yes"; use true or false'],
    ['kafka://a?prefetch=many', 'prefetch is NaN; use a whole number from 1 to 65535'],
    ['kafka://a?from=yesterday', "from is \"yesterday\"; use 'latest', 'earliest' or a Date"],
    ['kafka://a?topicPer=app', 'topicPer is "app"; use service or method'],
  ])('%s is refused', (url, message) => {
    expect(() => kafkaSettings(urlOptions(url))).toThrow(message)
  })
})
