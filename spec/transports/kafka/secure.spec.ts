import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { inspect } from 'node:util'
import kafkajs from 'kafkajs'
import { RpcError } from 'microapi-ts'
import { kafka, type KafkaOptions } from 'microapi-ts/kafka'
import { recordingLog } from 'microapi-ts/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { neverRan } from '../../../lib/core/never-ran.ts'
import { describeOwnKafka } from '../../brokers/kafka.ts'
import { saslUser, type SecureListener } from '../../brokers/kafka-security.ts'
import { makeCertificates, type Certificates } from '../grpc/certificates.ts'
import { adminOf } from './intake-support.ts'
import { freshOptions, startWords, wordsClient } from './words-app.ts'

/** What a busy machine may take for a case. */
const slow = { timeout: 60_000 }

const { username, password } = saslUser
const user = `${username}:${encodeURIComponent(password)}@`
const wrong = 'not-this-one'

/** How one comes in. */
type Way = Pick<KafkaOptions, 'url' | 'tls' | 'sasl'>

/** What it fails with. */
async function failureOf(doing: Promise<unknown>): Promise<RpcError> {
  const error: unknown = await doing.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  expect(error).toBeInstanceOf(RpcError)
  return error as RpcError
}

function makeOwnCertificates(): Certificates {
  const made = makeCertificates()
  onTestFinished(() => made.remove())
  return made
}

/** A server that has a certificate of an authority of its own, and says nothing. */
async function startStranger(certificates: Certificates) {
  let connections = 0
  const options = { key: certificates.read('server.key'), cert: certificates.read('server.crt') }
  const server = createServer(options, (socket) => socket.on('error', () => {}))
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { port, connections: () => connections }
}

/** kafkajs tries six times; on a busy machine it may have begun once more before the failure is seen. */
const fewerThan = 3

describe('a broker that nobody vouches for', () => {
  const call = (way: Way): Promise<unknown> =>
    Promise.resolve(wordsClient({ replyTopic: 'none', ...way }).words.echo({ text: 'hi' }))

  it('is not tried again and again', async () => {
    const { port, connections } = await startStranger(makeOwnCertificates())
    const error = await failureOf(call({ url: `kafkas://127.0.0.1:${port}` }))
    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    expect(error.message).toMatch(
      /unable to verify the first certificate.*\. Trust the authority that has signed it: tls\.ca$/,
    )
    expect(connections()).toBeLessThan(fewerThan)
  })

  it('is named where it has another name', async () => {
    const certificates = makeOwnCertificates()
    const tls = { ca: certificates.read('authority.crt') }
    const { port, connections } = await startStranger(certificates)
    // 127.0.0.1 as its certificate does not have it.
    const error = await failureOf(call({ url: `kafkas://127.1:${port}`, tls }))
    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    expect(error.message).toMatch(
      /Host: 127\.1\. is not in the cert's altnames: DNS:localhost.* tls\.servername$/,
    )
    expect(connections()).toBeLessThan(fewerThan)
    const other = { ...tls, servername: 'other.test' }
    expect((await failureOf(call({ url: `kafkas://127.0.0.1:${port}`, tls: other }))).message).toContain(
      'Host: other.test. is not',
    )
  })
})

describe('certificates that cannot be read', () => {
  it('are refused before anything is done', () => {
    const certificates = makeOwnCertificates()
    const open = (tls: KafkaOptions['tls']) => () => kafka({ url: 'kafkas://a', ...(tls && { tls }) })
    const [key, cert] = [certificates.read('client.key'), certificates.read('client.crt')]
    expect(open({ ca: [cert], key, cert })).not.toThrow()
    expect(open(undefined)).not.toThrow()
    expect(open({ ca: '/etc/ca.pem' })).toThrow(
      new TypeError('kafka: tls.ca is no certificate; use what is in the file, in PEM, not its path'),
    )
    expect(open({ key: certificates.read('server.key'), cert })).toThrow(
      /^kafka: tls is no certificate with its key \(.*key values mismatch\); use what is in the files, in PEM$/,
    )
  })
})

describeOwnKafka('a Kafka that wants to know who comes', { secure: true }, (cluster) => {
  const certificates = () => cluster().secure!.certificates
  const addressOf = (listener: SecureListener): string => cluster().secure!.at(listener).join(',')
  const trusting = () => ({ ca: certificates().authority })
  const overTls = (listener: SecureListener, who = ''): Way => ({
    url: `kafkas://${who}${addressOf(listener)}`,
    tls: trusting(),
  })
  /** Fails to serve and to call. */
  const failuresOf = async (way: Way): Promise<RpcError> => {
    const options = { ...freshOptions(cluster().brokers), ...way }
    const log = recordingLog()
    const calling = failureOf(Promise.resolve(wordsClient({ ...options, log }).words.echo({ text: 'hi' })))
    const serving = failureOf(startWords(options))
    const [called, served] = await Promise.all([calling, serving])
    expect(served.code).toBe(called.code)
    expect(neverRan(called)).toBe(true)
    for (const said of [inspect([called, served], { depth: 20 }), inspect(log, { depth: 20 })])
      for (const secret of [wrong, password, encodeURIComponent(password)]) expect(said).not.toContain(secret)
    return called
  }

  it.each<[string, () => Way]>([
    ['TLS', () => overTls('tls')],
    [
      'TLS with a certificate, by another name of the broker',
      () => ({
        ...overTls('mutual'),
        tls: { ...trusting(), ...certificates().client, servername: 'api.test' },
      }),
    ],
    ['PLAIN', () => ({ url: `kafka://${user}${addressOf('sasl')}` })],
    [
      'SCRAM-SHA-256 in TLS',
      () => ({ ...overTls('saslTls'), sasl: { mechanism: 'scram-sha-256', ...saslUser } }),
    ],
    ['SCRAM-SHA-512 in TLS', () => ({ ...overTls('saslTls', user), sasl: { mechanism: 'scram-sha-512' } })],
  ])('is served and called over by %s', slow, async (_, way) => {
    const options = { ...freshOptions(cluster().brokers), ...way() }
    const { seen } = await startWords(options)
    const { words } = wordsClient(options)
    expect(await words.echo({ text: 'hi' })).toEqual({ text: 'hi' })
    expect(await words.sum([{ value: 1 }, { value: 2 }])).toEqual({ value: 3 })
    for await (const item of words.double([{ value: 4 }])) expect(item).toEqual({ value: 8 })
    await words.heard.publish({ text: 'news' })
    await vi.waitFor(() => expect(seen).toContain('news'), { timeout: 20_000 })
  })

  it.each<[string, () => Way, string, RegExp]>([
    [
      'a wrong password',
      () => ({ url: `kafka://${username}:${wrong}@${addressOf('sasl')}` }),
      'UNAUTHENTICATED',
      /SASL PLAIN authentication failed.*username and password, in sasl or in url/,
    ],
    [
      'a wrong password for SCRAM-SHA-256',
      () => ({
        ...overTls('saslTls'),
        sasl: { mechanism: 'scram-sha-256', username, password: wrong },
      }),
      'UNAUTHENTICATED',
      /SCRAM-SHA-256.*username and password, in sasl or in url/,
    ],
    [
      'a wrong password for SCRAM-SHA-512',
      () => ({ ...overTls('saslTls', `${username}:${wrong}@`), sasl: { mechanism: 'scram-sha-512' } }),
      'UNAUTHENTICATED',
      /SCRAM-SHA-512.*username and password, in sasl or in url/,
    ],
    [
      'a name that nobody has',
      () => ({ ...overTls('saslTls', `nobody:${wrong}@`), sasl: { mechanism: 'scram-sha-512' } }),
      'UNAUTHENTICATED',
      /username and password, in sasl or in url/,
    ],
    [
      'a mechanism that it does not know',
      () => ({ url: `kafka://${user}${addressOf('sasl')}`, sasl: { mechanism: 'scram-sha-256' } }),
      'UNAUTHENTICATED',
      /Use one that it has enabled as sasl\.mechanism$/,
    ],
    [
      'a name where none is asked for',
      () => overTls('tls', user),
      'UNAUTHENTICATED',
      /leave out sasl and user:password@/,
    ],
    [
      'no certificate',
      () => overTls('mutual'),
      'UNAUTHENTICATED',
      /certificate.*\. The broker wants a certificate that it trusts: tls\.cert and tls\.key$/,
    ],
    [
      'a certificate of an authority that it does not know',
      () => ({ ...overTls('mutual'), tls: { ...trusting(), ...certificates().impostor } }),
      'UNAUTHENTICATED',
      /\. The broker wants a certificate that it trusts: tls\.cert and tls\.key$/,
    ],
    [
      'no trust in it',
      () => ({ ...overTls('tls'), tls: { ca: certificates().stranger } }),
      'UNAVAILABLE',
      /Trust the authority that has signed it: tls\.ca$/,
    ],
  ])('lets nobody in with %s', slow, async (_, way, code, text) => {
    const error = await failuresOf(way())
    expect(error).toMatchObject({ code, message: expect.stringMatching(text) })
  })

  it('just hangs up on others, and they hear what it may want', slow, async () => {
    const said = async (way: Way): Promise<string> => {
      const { code, message } = await failuresOf(way)
      return `${code} ${message}`
    }
    const toPlain = { url: `kafkas://${cluster().brokers.join(',')}`, tls: trusting() }
    const [nameless, plain, overdone] = await Promise.all([
      said(overTls('saslTls')),
      said({ url: `kafka://${user}${addressOf('saslTls')}` }),
      said(toPlain),
    ])
    expect(nameless).toMatch(/^UNAVAILABLE .*a name and a password \(sasl\)$/)
    expect(plain).toMatch(/^UNAVAILABLE .*may want TLS \(kafkas:\/\/\)/)
    expect(overdone).toMatch(/^UNAVAILABLE .*may want no TLS there \(kafka:\/\/\)/)
  })

  it('is found behind a broker that nobody vouches for', slow, async () => {
    const { port } = await startStranger(makeOwnCertificates())
    const url = `kafkas://127.0.0.1:${port},${addressOf('tls')}`
    const { words } = wordsClient({ ...freshOptions(cluster().brokers), ...overTls('tls'), url })
    // It is a broker that knows that.
    await expect(words.echo({ text: 'hi' })).rejects.toThrow('nobody serves it: there is no topic')
  })

  it('says what one may not do', slow, async () => {
    const start = `forbidden-${randomBytes(6).toString('hex')}`
    const admin = await adminOf(cluster().brokers)
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
    await admin.createAcls({
      acl: [
        {
          resourceType: AclResourceTypes.TOPIC,
          resourceName: start,
          resourcePatternType: ResourcePatternTypes.PREFIXED,
          principal: `User:${username}`,
          host: '*',
          operation: AclOperationTypes.ALL,
          permissionType: AclPermissionTypes.DENY,
        },
      ],
    })
    const way: Way = { ...overTls('saslTls', user), sasl: { mechanism: 'scram-sha-512' } }
    const open = { ...freshOptions(cluster().brokers), ...way }
    const { words } = wordsClient({ ...open, topic: `${start}-calls`, eventPrefix: `${start}-events.` })
    const refused = {
      code: 'PERMISSION_DENIED',
      message: expect.stringMatching(/"forbidden-.*Allow it in the cluster: READ and DESCRIBE/),
    }
    await expect(words.echo({ text: 'hi' })).rejects.toMatchObject(refused)
    await expect(words.heard.publish({ text: 'hi' })).rejects.toMatchObject(refused)
    await expect(startWords({ ...open, topic: `${start}-calls` })).rejects.toMatchObject(refused)
  })
})
