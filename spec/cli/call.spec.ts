import { http } from 'microapi-ts/http'
import { grpc } from 'microapi-ts/grpc'
import { ws } from 'microapi-ts/ws'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { call, callShared, shell, startCall } from './call-command.ts'
import { serveNumbers } from './call-server.ts'

const slow = { timeout: 60_000 }
const soon = { timeout: 30_000, interval: 20 }
const linesOf = (text: string): string[] => text.trimEnd().split('\n')
const range = (n: number): string => Array.from({ length: n }, (_, i) => `{"n":${i}}\n`).join('')

/** Waits until the server makes no more items. That it only seems so, on a busy machine, makes no assertion fail. */
async function rest(): Promise<void> {
  await vi.waitFor(() => expect(served.seen.made).toBeGreaterThan(0), soon)
  let before = 0
  await vi.waitFor(
    () => {
      const rests = served.seen.made === before
      before = served.seen.made
      expect(rests).toBe(true)
    },
    { timeout: 30_000, interval: 500 },
  )
}

let served: Awaited<ReturnType<typeof serveNumbers>>
beforeAll(async () => {
  served = await serveNumbers([http({ port: 0 }), grpc({ port: 0 }), ws({ port: 0 })])
})
afterAll(() => served.server.close())

describe.each([
  ['http', 0],
  ['grpc', 1],
  ['ws', 2],
])('microapi call over %s', (_scheme, index) => {
  const url = (): string => served.urls[index]!

  it(
    'sends a message and writes the answer in a line; --verbose tells what came beside it',
    slow,
    async () => {
      const { exit, out, error } = await callShared([
        url(),
        'numbers.double',
        '{"n":21}',
        '--verbose',
        '-m',
        'x-tag=one',
        '--metadata',
        'x-tag=a=b',
      ])
      expect([exit, out]).toEqual([0, '{"n":42}\n'])
      expect(linesOf(error)).toEqual([
        'header x-tag: one, a=b',
        'header x-limit: none',
        'trailer x-end: yes',
        expect.stringMatching(/^1 received in [\d.]+ ms, the first after [\d.]+ ms$/),
      ])
    },
  )

  it('writes a stream of 10,000 answers, and nothing beside it', slow, async () => {
    const ran = await callShared([url(), 'numbers/count', '{"n":10000}'])
    expect(ran).toEqual({ exit: 0, out: range(10_000), error: '' })
  })

  it('sends each line of stdin, 10,000 of them', slow, async () => {
    const ran = await callShared([url(), 'numbers.sum'], `\n${range(10_000)}\n\n`)
    expect(ran).toEqual({ exit: 0, out: '{"n":49995000}\n', error: '' })
  })

  it('sends a line as it comes, and writes its answer before the next', slow, async () => {
    const { child, out, ran } = startCall([url(), 'numbers.echo'], { stdin: 'pipe' })
    for (let n = 0; n < 3; n++) {
      child.stdin!.write(`{"n":${n}}\n`)
      await vi.waitFor(() => expect(out()).toBe(range(n + 1)), soon)
    }
    child.stdin!.end('{"n":3}')
    expect(await ran).toEqual({ exit: 0, out: range(4), error: '' })
  })

  it('takes a single line of stdin for the message where one is due', slow, async () => {
    expect(await callShared([url(), 'numbers.double'], '{"n":4}\n')).toEqual({
      exit: 0,
      out: '{"n":8}\n',
      error: '',
    })
  })

  it('tells a failure in one line: code, message and details', slow, async () => {
    const ran = await callShared([url(), 'numbers.refuse', '{"n":5}'])
    expect(ran).toEqual({
      exit: 1,
      out: '',
      error: expect.stringMatching(
        /^microapi: OUT_OF_RANGE: too big .*31m\\u009b31m \(TOO_BIG \{"n":5\}\)\n$/,
      ),
    })
    expect(ran.error).not.toContain('\u001B')
  })

  it('Ctrl-C cancels the call', slow, async () => {
    const { child, ran } = startCall([url(), 'numbers.hang', `{"n":${index}}`])
    await vi.waitFor(() => expect(served.seen.told).toContain(`hang ${index}`), soon)
    child.kill('SIGINT')
    expect(await ran).toEqual({
      exit: 130,
      out: '',
      error: 'microapi: interrupted; the call was cancelled\n',
    })
    await vi.waitFor(() => expect(served.seen.told).toContain(`hang ${index} aborted`), soon)
  })

  it('ends quietly, and cancels, when nobody reads any more', slow, async () => {
    const n = 1_000_000_000 + index
    const { child, out, error, exit } = startCall([url(), 'numbers.count', `{"n":${n}}`])
    await vi.waitFor(() => expect(out()).toContain('{"n":0}\n'), soon)
    child.stdout!.destroy()
    expect(await exit).toBe(0)
    expect(error()).toBe('')
    await vi.waitFor(() => expect(served.seen.told).toContain(`count ${n} left`), soon)
  })

  it('a slow reader stops the server, and loses nothing', slow, async () => {
    const n = 4_000
    served.seen.made = 0
    const { read, ran } = startCall([url(), 'numbers.count', `{"n":${n},"bytes":10000}`], { read: false })
    await rest()
    expect(served.seen.made).toBeLessThan(n)
    read()
    const { exit, out } = await ran
    expect(exit).toBe(0)
    expect(linesOf(out).map((line) => (JSON.parse(line) as { n: number }).n)).toEqual(
      Array.from({ length: n }, (_, i) => i),
    )
  })

  it('a broken line ends it, and is named', slow, async () => {
    const left = (): number => served.seen.told.filter((one) => one === 'echo left').length
    const before = left()
    const { child, out, ran } = startCall([url(), 'numbers.echo'], { stdin: 'pipe' })
    child.stdin!.write('{"n":1}\n'.repeat(15))
    await vi.waitFor(() => expect(linesOf(out())).toHaveLength(15), soon)
    child.stdin!.write('\n{"n":1,}\n{"n":3}\n')
    const { exit, error } = await ran
    expect([exit, error]).toEqual([
      2,
      'microapi: stdin line 17: not JSON at character 8, where "}" stands; write each message on a line of its own, or give - for one message over several lines\n',
    ])
    await vi.waitFor(() => expect(left()).toBe(before + 1), soon)
  })

  it('publishes events, each line of stdin in its turn', slow, async () => {
    const n = 10 * (index + 1)
    expect(await callShared([url(), 'numbers.happened', `{"n":${n}}`, '--event'])).toEqual({
      exit: 0,
      out: '',
      error: '',
    })
    const lines = `{"n":${n + 1}}\n{"n":${n + 2}}\n{"n":"x"}\n{"n":${n + 3}}\n`
    const { exit, out, error } = await callShared([url(), 'numbers.happened', '--event', '-v'], lines)
    expect([exit, out]).toEqual([1, ''])
    expect(linesOf(error)).toEqual([
      expect.stringMatching(/^2 sent in [\d.]+ ms$/),
      expect.stringMatching(
        /^microapi: INVALID_ARGUMENT: input\/n must be integer \(VALIDATION .*\); it is message 3 of stdin; those before it are published$/,
      ),
    ])
    const seen = served.seen.told.filter((one) => /^happened (\d)\d*$/.exec(one)?.[1] === String(index + 1))
    expect(seen).toEqual([n, n + 1, n + 2].map((one) => `happened ${one}`))
  })
})

it('calls stand in pipes, each over its own transport', slow, async () => {
  const [one, two, three] = served.urls
  const { ran } = shell(
    `microapi call ${one} numbers.count '{"n":10000}' | microapi call ${two} numbers.echo | microapi call ${three} numbers.sum`,
  )
  expect(await ran).toEqual({ exit: 0, out: '{"n":49995000}\n', error: '' })
})

it('head ends a call, which is no failure of the pipe', slow, async () => {
  const { ran } = shell(
    `set -o pipefail; microapi call ${served.urls[0]!} numbers.count '{"n":999999999}' | head -2`,
  )
  expect(await ran).toEqual({ exit: 0, out: range(2), error: '' })
  await vi.waitFor(() => expect(served.seen.told).toContain('count 999999999 left'), soon)
})

it('Ctrl-C ends a call whose reader does not read', slow, async () => {
  const n = 777_777_777
  served.seen.made = 0
  const args = [served.urls[0]!, 'numbers.count', `{"n":${n},"bytes":10000}`]
  const { child, exit } = startCall(args, { read: false })
  await rest()
  child.kill('SIGINT')
  expect(await exit).toBe(130)
  await vi.waitFor(() => expect(served.seen.told).toContain(`count ${n} left`), soon)
})

it('--timeout limits the call', slow, async () => {
  const args = [served.urls[0]!, 'numbers.hang', '{"n":99}', '--timeout', '1.5s']
  expect(await call(args)).toEqual({
    exit: 1,
    out: '',
    error: expect.stringMatching(/^microapi: DEADLINE_EXCEEDED: [^\n]+; --timeout gives it longer\n$/),
  })
})
