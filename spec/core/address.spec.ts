import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAddress, parseAddress } from '../../lib/core/address.ts'

const scheme = fc.stringMatching(/^[a-z][a-z0-9+.-]{0,8}$/)
const host = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((ip) => `[${ip}]`),
  fc.constant(''),
)
const port = fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined })
const hosts = fc.array(fc.record({ host, port }), { minLength: 1, maxLength: 4 })
const word = fc.string({ minLength: 1, maxLength: 8 })

describe('an address', () => {
  it('reads what was written', () => {
    fc.assert(
      fc.property(
        scheme,
        hosts,
        fc.option(fc.tuple(word, fc.option(word, { nil: undefined })), { nil: undefined }),
        fc.dictionary(word, word),
        (name, all, user, query) => {
          const list = all
            .map((one) => (one.port === undefined ? one.host : `${one.host}:${one.port}`))
            .join(',')
          const login =
            user &&
            `${encodeURIComponent(user[0])}${user[1] === undefined ? '' : `:${encodeURIComponent(user[1])}`}@`
          const search = new URLSearchParams(query).toString()
          const parsed = parseAddress(`${name}://${login ?? ''}${list}/a/b${search && `?${search}`}`)
          expect(parsed).toEqual({
            scheme: name,
            hosts: all.map((one) => ({
              host: one.host.replace(/^\[|\]$/g, '') || '127.0.0.1',
              port: one.port,
            })),
            username: user?.[0],
            password: user?.[1],
            path: '/a/b',
            query: { ...query },
          })
        },
      ),
    )
  })

  it('has 127.0.0.1 for an empty host', () => {
    expect(parseAddress('http://:8080').hosts).toEqual([{ host: '127.0.0.1', port: 8080 }])
    expect(parseAddress('http://').hosts).toEqual([{ host: '127.0.0.1', port: undefined }])
  })

  it('may name several hosts', () => {
    expect(parseAddress('kafka://a:1,b,[::1]:3?topic=x%20y')).toMatchObject({
      hosts: [
        { host: 'a', port: 1 },
        { host: 'b', port: undefined },
        { host: '::1', port: 3 },
      ],
      query: { topic: 'x y' },
      path: '',
    })
  })

  it('drops a lone slash, and lowers its scheme', () => {
    expect(parseAddress('HTTP://a/')).toMatchObject({ scheme: 'http', path: '' })
  })

  it.each([
    '',
    'localhost:1',
    'http:/a',
    '://a',
    'http://a:b',
    'http://a:70000',
    'http://a:1:2',
    'http://a b',
    'http://[::1',
    '1http://a',
  ])('says what is wrong with %j', (text) => {
    expect(() => parseAddress(text)).toThrow(TypeError)
    expect(() => parseAddress(text)).toThrow(JSON.stringify(text))
  })

  it('never throws anything but a TypeError that names the address', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseAddress(`http://${text}`)
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
          expect((error as Error).message).toContain('address')
        }
      }),
    )
  })

  it('is written with brackets around IPv6', () => {
    expect(formatAddress('http', '::1', 80)).toBe('http://[::1]:80')
    expect(parseAddress(formatAddress('http', '::1', 80)).hosts).toEqual([{ host: '::1', port: 80 }])
  })
})
