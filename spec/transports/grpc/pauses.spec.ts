import { expect, it } from 'vitest'
import { createLifetime } from '../../../lib/core/lifetime.ts'
import { createPauses } from '../../../lib/transports/grpc/balancing/pauses.ts'

it.each([0.2, 0.999, 1.7, 5.5, 20.95])('a pause of %d ms is never shorter', async (ms) => {
  const pauses = createPauses()
  const waited = Array.from({ length: 20 }, () => {
    const start = performance.now()
    return new Promise<number>((resolve) => {
      pauses.wait(createLifetime(), ms, () => resolve(performance.now() - start))
    })
  })
  for (const took of await Promise.all(waited)) expect(took).toBeGreaterThanOrEqual(ms)
})
