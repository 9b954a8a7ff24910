import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { run } from '../interop/tools.ts'
import type { Left } from './fixtures/leaves.ts'

it('a process that has closed its server and its client ends by itself', async () => {
  const file = fileURLToPath(new URL('fixtures/leaves.ts', import.meta.url))
  const { exit, stdout, stderr } = await run(process.execPath, ['--import', 'tsx', file])
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  const { answers, lingeredMs } = JSON.parse(stdout) as Left
  expect(answers).toBe(100)
  // The driver has a timer of 2 s for peers that do not close.
  expect(lingeredMs).toBeLessThan(1_000)
}, 30_000)
