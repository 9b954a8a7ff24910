import { describe, expect, it } from 'vitest'
import { rawClient, serveDemo, type RawClient } from './support.ts'

const text = (id: string, value = 'hi') => ({
  type: 'request',
  id,
  service: 'values',
  method: 'text',
  payload: { text: value },
})

/** The connection goes on: a good call is answered. */
async function stillServes(client: RawClient): Promise<void> {
  client.send(text('after'))
  for (;;) {
    const envelope = await client.read()
    if (envelope['id'] !== 'after') continue
    return expect(envelope['payload']).toEqual({ text: 'hi' })
  }
}

const invalid = '{"error": "Invalid message format"}'

describe.each([
  ['agreed on microapi.v1', ['microapi.v1']],
  ['a Python peer', []],
])('bad input, %s', (_, protocols) => {
  it.each<[string, string | Buffer]>([
    ['text that is no JSON', 'hello'],
    ['JSON that is no envelope', '[1, 2]'],
    ['null', 'null'],
    ['an envelope without a type', '{"id":"1"}'],
    ['an id that is no string', '{"type":"request","id":7}'],
    ['an id of 1 MB', JSON.stringify({ type: 'request', id: 'x'.repeat(1_000_000) })],
    ['a binary frame that is no UTF-8', Buffer.from([0xff, 0xfe, 0x00])],
    ['a binary frame that is no JSON', Buffer.from('hello')],
    ['an empty frame', ''],
  ])('%s is answered as such, and the connection goes on', async (_what, frame) => {
    const { url } = await serveDemo()
    const client = await rawClient(url, protocols)
    client.send(frame)
    expect(await client.next()).toBe(invalid)
    await stillServes(client)
  })

  it("reads Python's binary frames", async () => {
    const { url } = await serveDemo()
    const client = await rawClient(url, protocols)
    client.send(Buffer.from(JSON.stringify(text('1', 'ä €'))))
    expect((await client.read())['payload']).toEqual({ text: 'ä €' })
  })

  it('takes a message in fragments, a thousand at most', async () => {
    const { url } = await serveDemo()
    const client = await rawClient(url, protocols)
    const whole = JSON.stringify(text('1'))
    for (let i = 0; i < whole.length; i++)
      client.socket.send(whole[i]!, { fin: i === whole.length - 1, binary: false })
    expect((await client.read())['payload']).toEqual({ text: 'hi' })
    for (let i = 0; i < 1_100; i++) client.socket.send('x', { fin: false })
    expect((await client.closed).code).toBe(1008)
  })

  it('fails a message past the limit, and ends the connection for one far past it', async () => {
    const { url } = await serveDemo({ maxMessageBytes: 1_000 })
    const client = await rawClient(url, protocols)
    client.send(text('1', 'x'.repeat(2_000)))
    expect(await client.read()).toMatchObject({ id: '1', code: 'RESOURCE_EXHAUSTED', status_code: 8 })
    await stillServes(client)
    client.send(text('2', 'x'.repeat(100_000)))
    expect((await client.closed).code).toBe(1009)
  })

  it('refuses JSON that is nested too deep or could change a prototype, of that call alone', async () => {
    const { url } = await serveDemo({ maxDepth: 8 })
    const client = await rawClient(url, protocols)
    const head = '{"type":"request","service":"values","method":"text","payload":'
    client.send(`${head}${'['.repeat(20)}${']'.repeat(20)},"id":"1"}`)
    client.send(`${head}{"text":"x","__proto__":{"a":1}},"id":"2"}`)
    const answers = [await client.read(), await client.read()]
    expect(answers).toMatchObject([
      { id: '1', code: 'INVALID_ARGUMENT' },
      { id: '2', code: 'INVALID_ARGUMENT' },
    ])
    expect(answers[0]!['error']).toContain('maxDepth')
    expect(answers[1]!['error']).toContain('__proto__')
    await stillServes(client)
  })

  it('bounds the bytes of calls that wait for their turn', async () => {
    const limits = { maxRunningPerConnection: 1, maxWaitingBytesPerConnection: 1_000 }
    const { url, probe } = await serveDemo({}, { limits })
    const client = await rawClient(url, protocols)
    client.send({ type: 'request', id: 'a', service: 'life', method: 'busy', payload: {} })
    await probe.until('busy began')
    client.send(text('b', 'x'.repeat(5_000)))
    client.send(text('c', 'x'.repeat(500)))
    const refused = await client.read()
    expect(refused).toMatchObject({ id: 'c', code: 'RESOURCE_EXHAUSTED' })
    expect(refused['error']).toContain('maxWaitingBytesPerConnection')
    probe.open('busy')
    expect(await client.read()).toMatchObject({ id: 'a' })
    expect(await client.read()).toMatchObject({ id: 'b', payload: { text: 'x'.repeat(5_000) } })
  })

  it('fails the call whose id is used twice, and no other', async () => {
    const { url, probe } = await serveDemo()
    const client = await rawClient(url, protocols)
    const hold = { type: 'request', id: 'a', service: 'life', method: 'hold', payload: {} }
    client.send(hold)
    client.send({ ...hold, id: 'b', method: 'busy' })
    await probe.until('hold began')
    await probe.until('busy began')
    client.send(hold)
    expect(await client.read()).toMatchObject({ id: 'a', code: 'INVALID_ARGUMENT' })
    await probe.until('hold ended')
    probe.open('busy')
    expect(await client.read()).toMatchObject({ id: 'b', payload: {} })
  })

  it('100,000 random frames crash nothing, and nobody else notices', { timeout: 60_000 }, async () => {
    const { url, probe } = await serveDemo()
    const other = await rawClient(url, protocols)
    other.send({ type: 'request', id: 'mine', service: 'life', method: 'busy', payload: {} })
    await probe.until('busy began')
    const seed = Math.floor(Math.random() * 2 ** 31)
    const client = await rawClient(url, protocols)
    client.socket.on('message', () => {})
    const random = randomOf(seed)
    for (let i = 0; i < 100_000; i++) {
      client.socket.send(randomFrame(random))
      // Frames that nobody has taken wait in this process as well.
      if (client.socket.bufferedAmount > 4_000_000)
        await new Promise<void>((resolve) => client.socket.ping('', undefined, () => resolve()))
    }
    expect(client.socket.readyState, `seed ${seed}`).toBe(client.socket.OPEN)
    probe.open('busy')
    expect(await other.read(), `seed ${seed}`).toMatchObject({ id: 'mine', payload: {} })
  })
})

function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function randomFrame(random: (below: number) => number): string | Buffer {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!
  const shape = random(10)
  if (shape === 0) return Buffer.from(Array.from({ length: random(40) }, () => random(256)))
  const envelope: Record<string, unknown> = {
    type: pick([
      'request',
      'response',
      'stream_push',
      'stream_end',
      'open',
      'cancel',
      'credit',
      'ping',
      'x',
      1,
    ]),
    service: pick(['values', 'streams', 'life', '__proto__', '', null, 5]),
    method: pick(['text', 'echo', 'total', 'read', 'talk', 'constructor', '', undefined]),
    id: pick(['1', '2', '3', '4', '5', '', null, undefined]),
    payload: pick([
      {},
      { text: 'a' },
      { value: 1 },
      [],
      [{ value: 1 }],
      null,
      'x',
      { items: -1 },
      { items: 1, bytes: 9 },
    ]),
    metadata: pick([
      {},
      { a: 'b' },
      { a: 1 },
      { 'timeout-ms': '5' },
      { 'timeout-ms': 'x' },
      null,
      'x',
      undefined,
    ]),
  }
  const json = JSON.stringify(envelope)
  if (shape > 2) return json
  const at = random(json.length)
  return json.slice(0, at) + String.fromCharCode(random(128)) + json.slice(at + random(3))
}
