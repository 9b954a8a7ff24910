import { amqp } from 'microapi-ts/amqp'
import { describe, expect, it } from 'vitest'
import { formatBroker, readUrl } from '../../../lib/transports/amqp/broker.ts'
import { urlOptions } from '../../../lib/transports/amqp/url-options.ts'

describe("a broker's address", () => {
  it.each([
    [
      'amqp://',
      {
        secure: false,
        hosts: [{ host: '127.0.0.1', port: 5672 }],
        username: 'guest',
        password: 'guest',
        vhost: '/',
      },
    ],
    ['amqp://localhost:1/', { hosts: [{ host: '127.0.0.1', port: 1 }], vhost: '/' }],
    ['amqps://a', { secure: true, hosts: [{ host: 'a', port: 5671 }] }],
    [
      'amqp://a,b:2',
      {
        hosts: [
          { host: 'a', port: 5672 },
          { host: 'b', port: 2 },
        ],
      },
    ],
    ['amqp://me:p%40ss@a/my%2Fhost', { username: 'me', password: 'p@ss', vhost: 'my/host' }],
    ['amqp://me@a', { username: 'me', password: '' }],
    ['amqp://a/%2F', { vhost: '/' }],
  ])('%s', (url, broker) => {
    expect(readUrl(url)).toMatchObject(broker)
  })

  it('is written without its password', () => {
    expect(formatBroker(readUrl('amqp://me:secret@a,b:2/my%2Fhost'))).toBe('amqp://a:5672,b:2/my%2Fhost')
  })

  it('brings settings behind its ?', () => {
    expect(urlOptions('amqp://a/v?queue=q&queuePer=service&replies=queue&peer=python&prefetch=5')).toEqual({
      url: 'amqp://a/v',
      queue: 'q',
      queuePer: 'service',
      replies: 'queue',
      peer: 'python',
      prefetch: 5,
    })
  })

  it.each([
    ['http://a', '"http://" is no scheme of RabbitMQ'],
    ['amqp://a?nonsense=1', 'there is no place for nonsense'],
    ['amqp://a?queuePer=app', 'queuePer=app; use service or method'],
    ['amqp://a?prefetch=many', 'prefetch is NaN; use a whole number from 1 to 65535'],
  ])('%s is refused', (url, message) => {
    expect(() => amqp.fromUrl(url)).toThrow(message)
  })

  it('and nothing else is what the option takes', () => {
    expect(() => amqp({ url: 'amqp://a?queue=q' })).toThrow('give queue as an option beside it')
  })
})
