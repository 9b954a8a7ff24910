import { createApp, createClient, defineService, rpc, type Middleware } from 'microapi-ts'
import { answerParent } from '../harness/processes.ts'
import { City, cityOf, GetCity } from '../data/city.ts'

const account: Middleware<{ account: string }> = (call, next) => next(call.with({ account: 'anna' }))

const handler = ({ id }: { id: number }): City => cityOf(id)

const app = createApp({
  services: { cities: defineService({ get: rpc.use(account).unary(GetCity, City, handler) }) },
})
const client = createClient(app)

/** Both are awaited, one call after another: what a service pays for calling another one in the same process. */
const ways: Record<string, (id: number) => City | Promise<City>> = {
  ours: (id) => client.cities.get({ id }),
  handler: (id) => handler({ id }),
}

/** Calls a second over `ms` milliseconds. */
answerParent(async ({ way, ms }: { way: string; ms: number }): Promise<number> => {
  const call = ways[way]!
  const start = performance.now()
  let done = 0
  for (let now = start; now - start < ms; now = performance.now()) {
    for (let id = 0; id < 500; id++) if ((await call(id)).id !== id) throw new Error(`wrong answer for ${id}`)
    done += 500
  }
  return (done / (performance.now() - start)) * 1e3
})
