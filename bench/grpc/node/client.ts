import { once } from 'node:events'
import { connect, type ClientHttp2Stream } from 'node:http2'
import type { PeerClient } from '../../harness/peer.ts'
import { citiesUpTo } from '../../data/city.ts'
import { options, widen } from '../../http2/node/settings.ts'
import { City, GetCity, ListCities, Summary, type Codec } from '../protobuf.ts'
import { frameOf, frameReader, writeAll } from './frames.ts'

/** Takes each message of an answer; resolves when it has ended well. */
const answers = <Message>(
  stream: ClientHttp2Stream,
  codec: Codec<Message>,
  take: (message: Message) => void,
): Promise<void> =>
  new Promise((resolve, reject) => {
    let status: unknown
    const read = frameReader(codec, take)
    stream.on('error', reject)
    stream.on('data', read)
    stream.on('trailers', (trailers) => (status = trailers['grpc-status']))
    stream.on('end', () => (status === '0' ? resolve() : reject(new Error(`grpc-status ${String(status)}`))))
  })

/** The only message of an answer. */
const answer = async <Message>(stream: ClientHttp2Stream, codec: Codec<Message>): Promise<Message> => {
  let only: Message | undefined
  await answers(stream, codec, (message) => (only = message))
  return only!
}

/** One connection of node:http2, each method's header object made once. */
export const createClient = async (url: string): Promise<PeerClient> => {
  const session = connect(url, options)
  await once(session, 'connect')
  widen(session)
  const { host } = new URL(url)
  const post = (method: string) => {
    const headers = {
      ':method': 'POST',
      ':path': `/cities.CitiesService/${method}`,
      ':scheme': 'http',
      ':authority': host,
      'content-type': 'application/grpc',
      te: 'trailers',
    }
    return () => session.request(headers)
  }
  const [get, list, add, visit] = [post('get'), post('list'), post('add'), post('visit')]
  return {
    unary: (id) => {
      const stream = get()
      stream.end(frameOf(GetCity, { id }))
      return answer(stream, City)
    },
    serverStream: async (limit) => {
      const summary = { count: 0, population: 0 }
      const stream = list()
      stream.end(frameOf(ListCities, { limit }))
      await answers(stream, City, (city) => {
        summary.count++
        summary.population += city.population
      })
      return summary
    },
    clientStream: async (count) => {
      const stream = add()
      const summary = answer(stream, Summary)
      await Promise.race([summary, writeAll(stream, City, citiesUpTo(count))])
      return summary
    },
    bidiStream: async (count) => {
      const summary = { count: 0, population: 0 }
      const stream = visit()
      const ask = (id: number) => (id < count ? stream.write(frameOf(GetCity, { id })) : stream.end())
      ask(0)
      await answers(stream, City, (city) => {
        summary.count++
        summary.population += city.population
        ask(summary.count)
      })
      return summary
    },
    close: async () => session.close(),
  }
}
