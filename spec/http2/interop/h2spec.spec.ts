// oxlint-disable vitest/no-disabled-tests, vitest/no-conditional-tests -- the reason for a skip is data
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { serve, type Scheme } from './ends.ts'
import { run } from './tools.ts'

const script = fileURLToPath(new URL('../../../scripts/h2spec.sh', import.meta.url))
/** What the script ends with where Go or its module proxy are out of reach. */
const outOfReach = 75

const built = spawnSync('bash', [script], { encoding: 'utf8', timeout: 330_000 })
const binary = built.stdout.trim().split('\n').at(-1)!

describe('h2spec, strict', () => {
  if (built.status === outOfReach) {
    it.skip(`finds nothing (${built.stderr.trim().split('\n').at(-1)})`)
    return
  }

  it.each<[Scheme, string[]]>([
    ['http', []],
    ['https', ['-t', '-k']],
  ])(
    'finds nothing, %s',
    async (scheme, args) => {
      // Why it could not be built, where it could not.
      expect(built.status === 0 ? '' : built.stderr).toBe('')
      const { port } = await serve(
        (stream) => {
          stream.listener = {
            onData: (_, piece) => stream.consume(piece.length),
            onEnd() {
              stream.respond({ ':status': 200, 'content-type': 'text/plain' })
              stream.end('an answer\n')
            },
          }
        },
        { scheme },
      )
      const target = ['-h', '127.0.0.1', '-p', String(port)]
      const { exit, stdout } = await run(binary, [...target, '-S', '-o', '2', ...args])
      const output = stdout.replaceAll('\0', '')
      const [, tests, passed, skipped, failed] =
        /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(output) ?? []
      expect({ exit, skipped, failed, output }).toEqual({ exit: 0, skipped: '0', failed: '0', output })
      expect(passed).toBe(tests)
      expect(Number(tests)).toBeGreaterThanOrEqual(146)
    },
    60_000,
  )
})
