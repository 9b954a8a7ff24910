import { grpc } from 'microapi-ts/grpc'
import { http } from 'microapi-ts/http'
import { ws } from 'microapi-ts/ws'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { call, callShared, shell, startCall } from './call-command.ts'
import { serveNumbers } from './call-server.ts'
import { folder } from './command.ts'

const slow = { timeout: 60_000 }
const soon = { timeout: 30_000, interval: 20 }
const answer = (out: string) => ({ exit: 0, out: `${out}\n`, error: '' })

let url = ''
let served: Awaited<ReturnType<typeof serveNumbers>>
beforeAll(async () => {
  served = await serveNumbers([http({ port: 0 }), grpc({ port: 0 }), ws({ port: 0 })])
  url = served.urls[0]!
})
afterAll(() => served.server.close())

const ignore = (): void => {}

/** A file with a text. */
function fileWith(text: string): string {
  const file = path.join(folder({}).home, 'message.json')
  writeFileSync(file, text)
  return file
}

describe('the message of a call', () => {
  it('is JSON on the command line, and an array is a stream', slow, async () => {
    expect(await callShared([url, 'numbers.double', ' {"n" : 2} '])).toEqual(answer('{"n":4}'))
    expect(await callShared([url, 'numbers.sum', '[{"n":2},{"n":3}]'])).toEqual(answer('{"n":5}'))
  })

  it('is a file behind @', slow, async () => {
    // As an editor on Windows writes it.
    const file = fileWith('\uFEFF{\r\n  "n": 2\r\n}\r\n')
    expect(await callShared([url, 'numbers.double', `@${file}`])).toEqual(answer('{"n":4}'))
  })

  it('is all of stdin for -', slow, async () => {
    expect(await callShared([url, 'numbers.double', '-'], '{\n  "n": 2\n}\n')).toEqual(answer('{"n":4}'))
  })

  it('leaves stdin alone, which a loop of the shell reads', slow, async () => {
    const { ran } = shell(
      `printf '1\\n2\\n' | while read -r n; do microapi call ${url} numbers.double "{\\"n\\":$n}"; done`,
    )
    expect(await ran).toEqual(answer('{"n":2}\n{"n":4}'))
  })
})

describe('stdin without a payload', () => {
  it('is a stream from a file', slow, async () => {
    const file = fileWith('{"n":2}\r\n\r\n{"n":3}')
    expect(await shell(`microapi call ${url} numbers.sum < ${file}`).ran).toEqual(answer('{"n":5}'))
  })

  it.each(['', '\n \n'])('is no message when it ends before one: %j', slow, async (input) => {
    expect(await callShared([url, 'numbers.sum'], input)).toEqual(answer('{"n":0}'))
  })

  it('is no message when it is /dev/null', slow, async () => {
    const { exit, error } = await call([url, 'numbers.double'])
    expect([exit, error]).toEqual([1, expect.stringContaining('INVALID_ARGUMENT: input/n is required')])
  })

  it('begins no call before its first line', slow, async () => {
    expect(await callShared([url, 'numbers.greet'], '{"n": x\n')).toEqual({
      exit: 2,
      out: '',
      error: expect.stringMatching(/^microapi: stdin line 1: not JSON at character 7, where "x" stands; /),
    })
  })

  it('--no-stdin makes none of it', slow, async () => {
    const { ran } = startCall([url, 'numbers.sum', '--no-stdin'], { stdin: 'pipe' })
    expect(await ran).toEqual(answer('{"n":0}'))
  })

  it('--stream begins before the first line', slow, async () => {
    const { child, out, ran } = startCall([url, 'numbers.greet', '--stream'], { stdin: 'pipe' })
    await vi.waitFor(() => expect(out()).toBe('{"n":-1}\n'), soon)
    child.stdin!.end('{"n":1}\n')
    expect(await ran).toEqual(answer('{"n":-1}\n{"n":1}'))
  })

  it('--stream takes an empty one', slow, async () => {
    expect(await callShared([url, 'numbers.sum', '--stream'])).toEqual(answer('{"n":0}'))
  })

  it.each([
    ['http', 0],
    ['grpc', 1],
    ['ws', 2],
  ])('is read no faster than the server takes it, and nothing is lost, over %s', slow, async (_, index) => {
    served.seen.release = ignore
    const { child, ran } = startCall([served.urls[index]!, 'numbers.stall'], { stdin: 'pipe' })
    const stdin = child.stdin!
    const line = `${JSON.stringify({ n: 1, pad: 'x'.repeat(10_000) })}\n`
    /** Whether there was room for a line within a second; on a busy machine there may only seem to be none. */
    const write = async (): Promise<boolean> => {
      if (stdin.write(line)) return true
      const drained = new Promise<boolean>((resolve) => void stdin.once('drain', () => resolve(true)))
      return Promise.race([drained, new Promise<boolean>((resolve) => setTimeout(resolve, 1_000, false))])
    }
    stdin.write(line)
    await vi.waitFor(() => expect(served.seen.release).not.toBe(ignore), soon)
    let written = 2
    while ((await write()) && written < 8_000) written++
    expect(written).toBeLessThan(8_000)
    stdin.end()
    served.seen.release()
    expect(await ran).toEqual(answer(`{"n":${written}}`))
  })
})
