import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { describeWhereThere } from '../describe-where-there.ts'
import { startMockKafka, whatMockLacks } from './kafka-mock.ts'

const patient = { timeout: 30_000, interval: 50 }

afterEach(() => vi.unstubAllEnvs())

function isListening(address: string): Promise<boolean> {
  const [host, port] = address.split(':')
  return new Promise((resolve) => {
    const socket = connect(Number(port), host, () => resolve(true))
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
  })
}

const lacking = whatMockLacks()

describeWhereThere(
  "librdkafka's mock cluster",
  lacking === undefined ? undefined : { reason: lacking },
  () => {
    it('has three brokers, which are gone when it is stopped', { timeout: 30_000 }, async () => {
      const { brokers, version, stop } = await startMockKafka()
      onTestFinished(stop)
      expect(brokers).toHaveLength(3)
      expect(version).toMatch(/^\d+\.\d+/)
      expect(await Promise.all(brokers.map(isListening))).toEqual([true, true, true])
      await stop()
      expect(await Promise.all(brokers.map(isListening))).toEqual([false, false, false])
    })

    it('ends when the process that started it is killed', { timeout: 60_000 }, async () => {
      const script = `
        import { startMockKafka } from './spec/brokers/kafka-mock.ts'
        console.log((await startMockKafka()).brokers[0])
        setInterval(() => {}, 1_000)`
      const parent = spawn('node', ['--import', 'tsx', '--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      onTestFinished(() => void parent.kill('SIGKILL'))
      const [address] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
      expect(await isListening(address)).toBe(true)
      parent.kill('SIGKILL')
      await vi.waitFor(async () => expect(await isListening(address)).toBe(false), patient)
    })
  },
)

it('a kcat that has no mock cluster is said to have none, with what it printed', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'microapi-spec-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(path.join(folder, 'kcat'), '#!/bin/sh\n[ "$1" = -V ] || echo no such property >&2\n')
  chmodSync(path.join(folder, 'kcat'), 0o755)
  vi.stubEnv('PATH', folder)
  await expect(startMockKafka()).rejects.toThrow(/mock cluster is; it said: no such property/)
  vi.stubEnv('PATH', '')
  expect(whatMockLacks()).toBe('kcat is missing: npm run setup:brokers')
})
