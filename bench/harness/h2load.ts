import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { LoadRequest } from './peer.ts'
import type { Count } from './slice.ts'

/** nghttp2's load generator, and Debian's package that brings it. */
export const H2LOAD = { command: 'h2load', package: 'nghttp2-client' }

/** Its version; undefined when it is not installed. */
export const h2loadVersion = (): string | undefined => {
  const { status, stdout } = spawnSync(H2LOAD.command, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim().split('/').at(-1) : undefined
}

const find = (output: string, pattern: RegExp): number[] => {
  const found = pattern.exec(output)
  if (!found) throw new Error(`h2load printed no ${pattern.source}:\n${output}`)
  return found.slice(1).map(Number)
}

/**
 * What a run of h2load counted. Throws when a request failed, when none was answered, and when the answers had less than
 * so many octets each: it exits with 0 for all of them.
 */
export const readOutput = (output: string, answerBytes = 1): Count => {
  const [figure] = find(output, /^finished in [\d.]+\w+, ([\d.]+) req\/s/m)
  const [done, failed, errored, timedOut] = find(
    output,
    /^requests: .*?(\d+) done, \d+ succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/m,
  )
  const [ok] = find(output, /^status codes: (\d+) 2xx/m)
  const [bytes] = find(output, /^traffic: .*\((\d+)\) data/m)
  const lost = failed! + errored! + timedOut! + (done! - ok!)
  if (lost > 0) throw new Error(`${lost} of ${done! + failed! + errored!} requests failed`)
  if (done === 0) throw new Error('no request was answered')
  // gRPC says "failed" with status 200 and no body.
  if (bytes! < done! * answerBytes) {
    throw new Error(`${bytes} octets of body in ${done} answers of ${answerBytes} or more each`)
  }
  return { figure: figure!, done: done! }
}

/**
 * Requests a second that a server answers to h2load over HTTP/2, for `ms` milliseconds, with so many `streams` at a time
 * on each of its `connections`. It inherits the core of the process that starts it.
 */
export const loadHttp2For = async (
  url: string,
  { method, path, headers = {}, body, answerBytes }: LoadRequest,
  { connections, streams, ms }: { connections: number; streams: number; ms: number },
): Promise<Count> => {
  const folder = mkdtempSync(join(tmpdir(), 'microapi-bench-'))
  const file = join(folder, 'body')
  try {
    if (body !== undefined) writeFileSync(file, body)
    const all = Object.entries({ ':method': method, ...headers })
    const args = ['-c', String(connections), '-m', String(streams), '-D', `${ms}ms`]
    args.push(...all.flatMap(([name, value]) => ['-H', `${name}: ${value}`]))
    if (body !== undefined) args.push('-d', file)
    const { stdout } = await promisify(execFile)(H2LOAD.command, [...args, url + path])
    return readOutput(stdout, answerBytes)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
