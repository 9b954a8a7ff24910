import { once } from 'node:events'
import { connect, type ClientHttp2Stream, type SecureClientSessionOptions } from 'node:http2'
import type { PeerClient } from '../../harness/peer.ts'
import { citiesUpTo, type City, type Summary } from '../../data/city.ts'
import { chunksOf, summarise } from '../../http/ndjson.ts'
import { options, widen } from './settings.ts'
import { readBody, writeAll } from './streams.ts'

const answer = <T>(stream: ClientHttp2Stream): Promise<T> =>
  new Promise((resolve, reject) => {
    stream.on('error', reject)
    readBody(stream, (body) => {
      // The id or the sum is checked by who asked; an answer that is no JSON is none.
      try {
        resolve(JSON.parse(body) as T)
      } catch (error) {
        reject(error)
      }
    })
  })

/** One connection of node:http2, JSON by hand, each method's header object made once. */
export const connectTo = async (url: string, tls: SecureClientSessionOptions = {}): Promise<PeerClient> => {
  const session = connect(url, { ...options, ...tls })
  await once(session, 'connect')
  widen(session)
  const { protocol, host } = new URL(url)
  const post = (path: string, type: string) => {
    const headers = {
      ':method': 'POST',
      ':path': path,
      ':scheme': protocol.slice(0, -1),
      ':authority': host,
      'content-type': type,
    }
    return () => session.request(headers)
  }
  const get = post('/get', 'application/json')
  const list = post('/list', 'application/json')
  const add = post('/add', 'application/x-ndjson')
  return {
    unary: (id) => {
      const stream = get()
      stream.end(JSON.stringify({ id }))
      return answer<City>(stream)
    },
    serverStream: (limit) => {
      const stream = list()
      stream.end(JSON.stringify({ limit }))
      return summarise(stream)
    },
    clientStream: async (count) => {
      const stream = add()
      const summary = answer<Summary>(stream)
      await Promise.race([summary, writeAll(stream, chunksOf(citiesUpTo(count)))])
      return summary
    },
    close: async () => session.close(),
  }
}

export const createClient = (url: string): Promise<PeerClient> => connectTo(url)
