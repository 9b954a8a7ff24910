import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createApp, implement, serve } from 'microapi-ts'
import { kafka } from 'microapi-ts/kafka'
import { cityOf } from '../../data/city.ts'
import type { ServerModule } from '../../harness/peer.ts'
import { optionsOf } from '../ours/options.ts'
import { openPlace, placeAt, urlOf } from '../place.ts'
import { visits } from './contract.ts'

/** What every server has to itself: so many connections to a database, each taken by one call for so many ms. */
const POOL = 2
const QUERY_MS = 10

const createPool = () => {
  const waiting: (() => void)[] = []
  let free = POOL
  return async (): Promise<void> => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    await new Promise((resolve) => setTimeout(resolve, QUERY_MS))
    const next = waiting.shift()
    if (next) next()
    else free++
  }
}

/** Starts one more process like this one, which ends with it. */
const startAnother = async (told: string): Promise<void> => {
  const child = fork(process.argv[1]!, [process.argv[2]!, told])
  child.send('state')
  const [answer] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [{ error?: string }]
  if (typeof answer !== 'object' || answer?.error) throw new Error(answer?.error ?? 'a server ended')
}

/** Variant: how many servers there are in all; or, for those behind the first, the place that it told. */
export const startServer: ServerModule['startServer'] = async (variant = '1') => {
  const servers = Number(variant)
  const place = Number.isNaN(servers) ? placeAt(variant) : openPlace('scale')
  const query = createPool()
  const app = createApp({
    services: {
      visits: implement(visits, {
        pay: async ({ id }) => {
          await query()
          return cityOf(id)
        },
      }),
    },
  })
  const server = await serve(app, kafka(optionsOf(place)))
  for (let started = 1; started < servers; started++) await startAnother(urlOf(place))
  return { url: urlOf(place), close: () => server.close() }
}
