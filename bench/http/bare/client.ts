import { Readable } from 'node:stream'
import { Pool, type Dispatcher } from 'undici'
import type { PeerClient } from '../../harness/peer.ts'
import { citiesUpTo, type City, type Summary } from '../../data/city.ts'
import { chunksOf, summarise } from '../ndjson.ts'

const json = { 'content-type': 'application/json' }
const ndjson = { 'content-type': 'application/x-ndjson' }

/** undici.request with a keep-alive pool and JSON by hand. */
export const createClient = (url: string): PeerClient => {
  const pool = new Pool(url, { connections: 64 })
  const post = async (path: string, headers: Record<string, string>, body: string | Readable) => {
    const answer = await pool.request({ method: 'POST', path, headers, body })
    if (answer.statusCode === 200) return answer.body
    throw new Error(`${path}: ${answer.statusCode} ${await answer.body.text()}`)
  }
  const readJson = async <T>(body: Promise<Dispatcher.BodyMixin>): Promise<T> =>
    (await (await body).json()) as T
  return {
    unary: (id) => readJson<City>(post('/get', json, JSON.stringify({ id }))),
    serverStream: async (limit) => summarise(await post('/list', json, JSON.stringify({ limit }))),
    clientStream: (count) =>
      readJson<Summary>(
        post('/add', ndjson, Readable.from(chunksOf(citiesUpTo(count)), { objectMode: false })),
      ),
    close: () => pool.close(),
  }
}
