import { expect, it } from 'vitest'
import { describeOwnRabbitMq } from '../../brokers/rabbitmq.ts'
import { clientOf, start } from './support.ts'

describeOwnRabbitMq('a broker that is short of memory', (node) => {
  it('lets calls wait, at most until their deadlines, and then goes on with them', async () => {
    const options = { url: node().url, queue: 'blocked' }
    const { seen } = await start(options)
    const client = clientOf(options, { retry: false })
    await client.words.echo({ text: 'before' })
    await node().ctl('set_vm_memory_high_watermark', 'absolute', '1')
    // The broker says so to who sends something, and takes it later.
    const first = Promise.resolve(client.words.echo({ text: 'first' }, { timeoutMs: 60_000 }))
    await expect(client.words.echo({ text: 'late' }, { timeoutMs: 500 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    })
    const second = Promise.resolve(client.words.echo({ text: 'second' }, { timeoutMs: 60_000 }))
    const stream = client.words.count({ value: 2 })
    const item = stream.next()
    expect(seen).toEqual(['before'])
    await node().ctl('set_vm_memory_high_watermark', '0.4')
    expect([await first, await second]).toEqual([{ text: 'first' }, { text: 'second' }])
    expect(await item).toEqual({ done: false, value: { value: 0 } })
    await stream.return()
    expect(seen.slice(0, 3)).toEqual(['before', 'first', 'second'])
  }, 60_000)
})
