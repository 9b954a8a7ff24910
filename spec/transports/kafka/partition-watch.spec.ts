import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { watchSilence } from '../../../lib/transports/kafka/reader/watch.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('a watch tells of silence, and of no more of it than there is', () => {
  const silent = vi.fn<() => void>()
  const watch = watchSilence(3_000, silent)
  for (let i = 0; i < 10; i++) {
    vi.advanceTimersByTime(2_000)
    watch.alive()
  }
  expect(silent).not.toHaveBeenCalled()
  vi.advanceTimersByTime(3_500)
  expect(silent).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(3_500)
  expect(silent).toHaveBeenCalledTimes(2)
  watch.stop()
  expect(vi.getTimerCount()).toBe(0)
})

it('a watch does not take it for silence that its own process was held up', () => {
  const silent = vi.fn<() => void>()
  const watch = watchSilence(3_000, silent)
  let now = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  vi.advanceTimersByTime(500)
  now += 20_000
  vi.advanceTimersByTime(500)
  expect(silent).not.toHaveBeenCalled()
  for (let i = 0; i < 7; i++) {
    now += 500
    vi.advanceTimersByTime(500)
  }
  expect(silent).toHaveBeenCalledOnce()
  watch.stop()
  vi.restoreAllMocks()
})
