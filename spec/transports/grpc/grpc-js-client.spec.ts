import { compressionAlgorithms, Metadata, status, type ChannelOptions } from '@grpc/grpc-js'
import { describe, expect, it, vi } from 'vitest'
import { read } from '../../wire/grpc/google.ts'
import { jsClient as clientOf, pairings, counted } from './grpc-js.ts'
import { collect, endsOn, failureOf } from './support.ts'

const MiB = 1024 * 1024

describe.each(pairings)("grpc-js's client, $codec, at our server on $engine", ({ wire, engine }) => {
  const { serveDemo } = endsOn(engine)
  const jsClient = (port: number, options?: ChannelOptions) => clientOf(port, options, { wire })

  it('calls all four patterns', async () => {
    const { port } = await serveDemo()
    const { unary, serverStream, clientStream, bidi } = jsClient(port)
    expect((await unary('/values/text', { text: 'ä€' })).answer).toEqual({ text: 'ä€' })
    const items = await collect(serverStream('/streams/count', { to: 100 }))
    expect(items).toEqual(Array.from({ length: 100 }, (_, value) => ({ value })))
    const { call, answer } = clientStream('/streams/sum')
    for (let value = 0; value < 100; value++) call.write({ value })
    call.end()
    expect(await answer).toEqual({ count: 100, total: 4_950 })
    const echo = bidi('/streams/echo')
    const answers = echo[Symbol.asyncIterator]()
    for (const text of ['a', 'b', 'c']) {
      echo.write({ text })
      expect(await answers.next()).toMatchObject({ value: { text } })
    }
    echo.end()
    expect(await answers.next()).toMatchObject({ done: true })
  })

  it('gets an empty stream', async () => {
    const { port } = await serveDemo()
    expect(await collect(jsClient(port).serverStream('/streams/count', { to: 0 }))).toEqual([])
  })

  it('ends its side and is answered from then on', async () => {
    const { port, probe } = await serveDemo()
    const call = jsClient(port).bidi('/streams/after_all')
    for (let value = 0; value < 3; value++) call.write({ value })
    call.end()
    expect(await collect(call)).toEqual([{ value: 0 }, { value: 1 }, { value: 2 }])
    expect(probe.count('input ended')).toBe(1)
  })

  it('has its deadline heard, and kept', async () => {
    const { port, probe } = await serveDemo()
    const { unary } = jsClient(port)
    const { answer } = await unary('/life/clock', {}, { deadline: Date.now() + 20_000 })
    const { left } = answer as { left: number }
    expect(left).toBeGreaterThan(10_000)
    expect(left).toBeLessThanOrEqual(20_000)
    const late = await failureOf(unary('/life/hold', {}, { deadline: Date.now() + 1_000 }))
    expect(late).toMatchObject({ code: status.DEADLINE_EXCEEDED })
    await probe.until('hold ended')
  })

  it('cancels unary calls and streams', async () => {
    const { port, probe } = await serveDemo()
    const { unary, serverStream, bidi } = jsClient(port)
    let cancel = (): void => {}
    const failed = failureOf(unary('/life/hold', {}, { began: (call) => (cancel = () => call.cancel()) }))
    await probe.until('hold began')
    cancel()
    expect(await failed).toMatchObject({ code: status.CANCELLED })
    await probe.until('hold ended')
    const endless = serverStream('/life/endless', {})
    endless.on('error', () => {})
    await new Promise((resolve) => endless.once('data', resolve))
    endless.cancel()
    await probe.until('endless ended')
    const talk = bidi('/life/talk')
    talk.on('error', () => {})
    talk.write({ value: 1 })
    await new Promise((resolve) => talk.once('data', resolve))
    talk.cancel()
    await probe.until('talk ended')
  })

  it('sends metadata, and gets header and trailer', async () => {
    const { port } = await serveDemo()
    const metadata = new Metadata()
    metadata.set('who', 'me')
    metadata.add('many', 'a')
    metadata.add('many', 'b')
    metadata.set('raw-bin', Buffer.from([0, 255, 1]))
    const { answer, header, trailer } = await jsClient(port).unary('/metadata/mirror', {}, { metadata })
    // grpc-js says `accept-encoding: identity` beside them.
    expect(answer).toMatchObject({ seen: { who: 'me', many: 'a, b', 'raw-bin': 'AP8B' } })
    expect(header.get('from-header')).toEqual(['a, b'])
    expect(header.get('header-bin')).toEqual([Buffer.from([0, 255])])
    expect(trailer.get('from-trailer')).toEqual(['c, d'])
    expect(trailer.get('trailer-bin')).toEqual([Buffer.from([1, 2, 3])])
  })

  it('gets the header before the first item, and the trailer behind the last', async () => {
    const { port } = await serveDemo()
    const heard: unknown[] = []
    const call = jsClient(port).serverStream('/metadata/stream', { items: 2 })
    call.on('metadata', (header: Metadata) => heard.push(header.get('from-header')))
    call.on('data', (item) => heard.push(item))
    call.on('status', ({ metadata }: { metadata: Metadata }) => heard.push(metadata.get('from-trailer')))
    await new Promise((resolve) => call.on('status', resolve))
    expect(heard).toEqual([['early'], { value: 0 }, { value: 1 }, ['late']])
  })

  it('gets every code with its message', async () => {
    const { port } = await serveDemo()
    const { client, unary } = jsClient(port)
    for (const [code, number] of Object.entries(status)) {
      if (typeof number !== 'number' || number === status.OK) continue
      const message = `as told: ${code} ä €\n100 %`
      expect(await failureOf(unary('/failures/coded', { code, message }))).toMatchObject({
        code: number,
        details: message,
      })
    }
    expect(await failureOf(unary('/failures/coded', { code: 'no code', message: '' }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
    })
    const same = (bytes: Buffer): Buffer => bytes
    const nobody = new Promise((_, reject) =>
      client.makeUnaryRequest('/failures/nobody', same, same, Buffer.alloc(0), reject),
    )
    expect(await failureOf(nobody)).toMatchObject({ code: status.UNIMPLEMENTED })
  })

  it('gets what explains an error', async () => {
    const { port } = await serveDemo()
    const error = (await failureOf(jsClient(port).unary('/failures/declared', { left: 3 }))) as {
      code: number
      metadata: Metadata
    }
    expect(error.code).toBe(status.FAILED_PRECONDITION)
    const [bytes] = error.metadata.get('grpc-status-details-bin') as [Buffer]
    const { code, message, details } = read('google.rpc.Status', bytes)
    expect([code, message]).toEqual([9, 'nothing left'])
    const [info, struct] = details as { value: Uint8Array }[]
    expect(read('google.rpc.ErrorInfo', info!.value)).toMatchObject({ reason: 'OUT_OF_STOCK' })
    expect(read('google.protobuf.Struct', struct!.value)).toMatchObject({
      fields: { left: { numberValue: 3 } },
    })
  })

  it('gets a failure behind the items of a stream', async () => {
    const { port } = await serveDemo()
    const seen: unknown[] = []
    const work = async (): Promise<void> => {
      for await (const item of jsClient(port).serverStream('/failures/after', { items: 2, how: 'coded' }))
        seen.push(item)
    }
    expect(await failureOf(work())).toMatchObject({ code: status.ABORTED, details: 'gone' })
    expect(seen).toEqual([{ value: 0 }, { value: 1 }])
  })

  it('sends gzip', async () => {
    const { port } = await serveDemo()
    const { unary, clientStream } = jsClient(port, {
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    })
    // Its first call asks what the server takes; from then on it packs.
    for (let i = 0; i < 3; i++)
      expect((await unary('/values/text', { text: 'a'.repeat(10_000) })).answer).toEqual({
        text: 'a'.repeat(10_000),
      })
    const { call, answer } = clientStream('/streams/sum')
    for (let value = 0; value < 100; value++) call.write({ value })
    call.end()
    expect(await answer).toEqual({ count: 100, total: 4_950 })
  })

  it('is refused a message over the limit of either side, and goes on', async () => {
    const { port } = await serveDemo({ maxMessageBytes: 10_000 })
    const { unary } = jsClient(port, { 'grpc.max_receive_message_length': 5_000 })
    for (const bytes of [20_000, 8_000])
      expect(await failureOf(unary('/values/text', { text: 'a'.repeat(bytes) }))).toMatchObject({
        code: status.RESOURCE_EXHAUSTED,
      })
    expect((await unary('/values/text', { text: 'a' })).answer).toEqual({ text: 'a' })
  })

  it('makes 1,000 calls at once, and has 100 connections', async () => {
    const { port } = await serveDemo()
    const { unary } = jsClient(port)
    const all = Array.from({ length: 1_000 }, (_, i) => unary('/values/text', { text: `${i}` }))
    expect((await Promise.all(all)).map(({ answer }) => answer)).toEqual(
      Array.from({ length: 1_000 }, (_, i) => ({ text: `${i}` })),
    )
    const each = Array.from({ length: 100 }, (_, i) => jsClient(port).unary('/values/text', { text: `${i}` }))
    expect((await Promise.all(each)).map(({ answer }) => answer)).toEqual(
      Array.from({ length: 100 }, (_, i) => ({ text: `${i}` })),
    )
  }, 30_000)

  it('sends and gets 1 MiB', async () => {
    const { port } = await serveDemo()
    const text = 'ä'.repeat(MiB / 2)
    const { unary, bidi } = jsClient(port)
    expect((await unary('/values/text', { text })).answer).toEqual({ text })
    const echo = bidi('/streams/echo')
    for (let i = 0; i < 5; i++) echo.write({ text })
    echo.end()
    const answers = await collect(echo)
    expect(answers.every((one) => (one as { text: string }).text === text)).toBe(true)
    expect(answers).toHaveLength(5)
  })

  it('that reads slowly holds up its producer, and gets all of it', async () => {
    const { port, probe } = await serveDemo()
    const stream = jsClient(port).serverStream('/streams/flood', { items: 2_000, bytes: 10_000 })
    const items = stream[Symbol.asyncIterator]()
    await items.next()
    // Nobody reads meanwhile: another call shows that time has passed.
    const other = jsClient(port)
    for (let i = 0; i < 50; i++) await other.unary('/values/nothing', {})
    expect(probe.count('produced')).toBeLessThan(2_000)
    let count = 1
    while ((await items.next()).done !== true) count++
    expect(count).toBe(2_000)
  })

  it('that sends to a slow handler is held up, and all of it arrives', async () => {
    const { port, probe } = await serveDemo()
    const { call, answer } = jsClient(port).clientStream('/streams/absorb')
    const data = 'x'.repeat(100_000)
    let sent = 0
    const produce = (async () => {
      for (; sent < 200; sent++)
        if (!call.write({ data })) await new Promise((resolve) => call.once('drain', resolve))
      call.end()
    })()
    await probe.until('first taken')
    const other = jsClient(port)
    for (let i = 0; i < 50; i++) await other.unary('/values/nothing', {})
    expect(sent).toBeLessThan(200)
    probe.open('absorb')
    await produce
    expect(await answer).toEqual({ items: 200, bytes: 200 * data.length })
  })

  it('has its keep-alive PINGs answered', async () => {
    const { port, probe } = await serveDemo({ keepAliveTimeoutMs: 0 })
    const before = counted.answers
    const call = jsClient(port, { 'grpc.keepalive_time_ms': 20, 'grpc.keepalive_timeout_ms': 5_000 }).unary(
      '/life/busy',
      {},
    )
    await vi.waitFor(() => expect(counted.answers - before).toBeGreaterThan(3), 5_000)
    probe.open('busy')
    expect((await call).answer).toEqual({})
  })

  it('that pings too often is sent away, and comes again', async () => {
    const { port, probe } = await serveDemo()
    const { unary } = jsClient(port, { 'grpc.keepalive_time_ms': 20, 'grpc.keepalive_timeout_ms': 5_000 })
    // It takes ENHANCE_YOUR_CALM for the one, the lost connection for the other.
    const { code } = (await failureOf(unary('/life/hold', {}))) as { code: number }
    expect([status.UNAVAILABLE, status.RESOURCE_EXHAUSTED]).toContain(code)
    await probe.until('hold ended')
    expect((await unary('/values/nothing', {})).answer).toEqual({})
  })

  it('finishes its calls while our server closes, and gets UNAVAILABLE from then on', async () => {
    const demo = await serveDemo({}, { graceMs: 5_000 })
    const { unary } = jsClient(demo.port)
    const call = unary('/life/busy', {})
    await demo.probe.until('busy began')
    const closed = demo.server.close()
    demo.probe.open('busy')
    expect((await call).answer).toEqual({})
    await closed
    expect(await failureOf(unary('/values/nothing', {}))).toMatchObject({ code: status.UNAVAILABLE })
  })
})
