import { expect, it, onTestFinished } from 'vitest'
import { fuzz } from './fuzz.ts'

const only = process.env['SEED']
const inputs = only === undefined ? Number(process.env['INPUTS'] ?? 20_000) : 1
const first = Number(only ?? 1)

it(`${inputs} damaged conversations end in events or GOAWAY, within all bounds`, { timeout: 120_000 }, () => {
  // Every second input makes an error; their stacks are a third of the time. One seed alone has them.
  const limit = Error.stackTraceLimit
  onTestFinished(() => void (Error.stackTraceLimit = limit))
  if (only === undefined) Error.stackTraceLimit = 0
  const verdicts = new Set<string>()
  for (let seed = first; seed < first + inputs; seed++) {
    try {
      verdicts.add(fuzz(seed))
    } catch (error) {
      const hint = `seed ${seed} (SEED=${seed} npx vitest run spec/http2/fuzz/fuzz.spec.ts)`
      throw new Error(`${hint}: ${(error as Error).message}`, { cause: error })
    }
  }
  // The damage is worth its name: some live, others end for every reason that there is.
  if (only !== undefined) return
  expect([...verdicts].toSorted()).toEqual(
    expect.arrayContaining([
      'COMPRESSION_ERROR',
      'ENHANCE_YOUR_CALM',
      'FLOW_CONTROL_ERROR',
      'FRAME_SIZE_ERROR',
      'PROTOCOL_ERROR',
      'STREAM_CLOSED',
      'alive',
    ]),
  )
})
