/** Docker itself is nowhere where these specs run by themselves: a command of its name writes down what it is told. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startDockerKafka, whatDockerLacks } from './kafka-docker.ts'

afterEach(() => vi.unstubAllEnvs())

/** The only command there is. `body` is what it does, in the shell; gives what it was told. */
function withDocker(body: string): () => readonly string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'microapi-spec-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const told = path.join(folder, 'told')
  writeFileSync(told, '')
  writeFileSync(path.join(folder, 'docker'), `#!/bin/sh\necho "$*" >>"${told}"\n${body}\n`)
  chmodSync(path.join(folder, 'docker'), 0o755)
  vi.stubEnv('PATH', folder)
  return () => readFileSync(told, 'utf8').trimEnd().split('\n')
}

const [ps, up, rm] = [
  'compose ps -q --status running kafka',
  'compose up -d --wait kafka',
  'compose rm -f -s -v kafka',
]

describe('the Kafka in Docker', () => {
  it('is there where Docker Compose answers', () => {
    const told = withDocker('exit 0')
    expect(whatDockerLacks()).toBeUndefined()
    expect(told()).toEqual(['compose ls'])
    withDocker('exit 1')
    expect(whatDockerLacks()).toMatch('does not answer')
    vi.stubEnv('PATH', '')
    expect(whatDockerLacks()).toMatch('missing')
  })

  it('is the one of compose.yaml, and is removed when it is stopped', async () => {
    const told = withDocker('')
    const { brokers, stop } = await startDockerKafka()
    const [, port] = brokers[0]!.split(':')
    expect(readFileSync('compose.yaml', 'utf8')).toContain(`127.0.0.1:${port}:9092`)
    expect(told()).toEqual([ps, up])
    await stop()
    expect(told()).toEqual([ps, up, rm])
  })

  it('stays where it ran before', async () => {
    const told = withDocker('[ "$2" != ps ] || echo 0123abcd')
    await (await startDockerKafka()).stop()
    expect(told()).toEqual([ps, up])
  })

  it('that does not come up is removed, and what Docker said is told', async () => {
    const told = withDocker('[ "$2" != up ] || { echo port is already allocated >&2; exit 1; }')
    await expect(startDockerKafka()).rejects.toThrow('port is already allocated')
    expect(told()).toEqual([ps, up, rm])
  })
})
