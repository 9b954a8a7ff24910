import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { http } from 'microapi-ts/http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { microapi, shell, type Calling } from './call-command.ts'
import { serveNumbers } from './call-server.ts'
import { folder } from './command.ts'

const slow = { timeout: 60_000 }
const soon = { timeout: 30_000, interval: 20 }
const erase = '\r\u001B[K'

/** util-linux' `script` gives a command a terminal. */
const lacks = spawnSync('script', ['--version']).error && 'no `script` (util-linux) is installed'

let url = ''
let served: Awaited<ReturnType<typeof serveNumbers>>
beforeAll(async () => {
  served = await serveNumbers([http({ port: 0 })])
  url = served.urls[0]!
})
afterAll(() => served.server.close())

/** Runs a line of the shell in a terminal; what is typed there is written to its stdin. */
function inTerminal(line: string): Calling {
  const { home, write } = folder({})
  write({ 'line.sh': `microapi() { ${microapi} "$@"; }\n${line}\n` })
  return shell(`exec script -qefc 'bash ${path.join(home, 'line.sh')}' /dev/null`, { stdin: 'pipe' })
}

describe.skipIf(lacks)(`microapi call in a terminal${lacks ? ` (${lacks})` : ''}`, () => {
  it('lays the answer out, and takes no message from the keyboard', slow, async () => {
    const { ran } = inTerminal(
      `microapi call ${url} numbers.count '{"n":2}'; microapi call ${url} numbers.sum`,
    )
    const { exit, out } = await ran
    expect(exit).toBe(0)
    expect(out.replaceAll('\r', '')).toBe('{\n  "n": 0\n}\n{\n  "n": 1\n}\n{\n  "n": 0\n}\n')
  })

  it('--stream takes messages from the keyboard, until Ctrl-D', slow, async () => {
    const { child, out, ran } = inTerminal(`stty -echo; microapi call ${url} numbers.greet --stream`)
    await vi.waitFor(() => expect(out()).toContain('-1'), soon)
    child.stdin!.write('{"n":5}\n')
    await vi.waitFor(() => expect(out()).toContain('5'), soon)
    child.stdin!.write('\u0004')
    expect((await ran).exit).toBe(0)
  })

  it('counts a long stream on stderr, and takes the count away', slow, async () => {
    const { home } = folder({})
    const file = path.join(home, 'answers')
    const { out, ran } = inTerminal(`microapi call ${url} numbers.drip '{"n":7}' > ${file}`)
    await vi.waitFor(() => expect(out()).toMatch(/1 received in \d+ s/), soon)
    served.seen.release()
    const { exit } = await ran
    expect(exit).toBe(0)
    expect(out().endsWith(erase)).toBe(true)
    expect(
      out()
        .replaceAll(/1 received in \d+ s/g, '')
        .replaceAll(erase, ''),
    ).toBe('')
    expect(existsSync(file)).toBe(true)
  })

  it('says that it waits for stdin, and ends with Ctrl-C', slow, async () => {
    const { child, out, ran } = inTerminal(`sleep 1000 | microapi call ${url} numbers.sum`)
    await vi.waitFor(
      () =>
        expect(out()).toContain('waiting for messages on stdin, one a line; --no-stdin calls without any'),
      soon,
    )
    child.stdin!.write('\u0003')
    const { exit } = await ran
    expect(exit).toBe(130)
    expect(out()).toContain('microapi: interrupted; the call was cancelled')
  })
})
