import {
  connect,
  headerList,
  readStream,
  type HeaderList,
  type Http2ClientOptions,
  type StreamListener,
} from 'microapi-ts/http2'
import type { PeerClient } from '../../harness/peer.ts'
import { citiesUpTo, type City, type Summary } from '../../data/city.ts'
import { chunksOf, summarise } from '../../http/ndjson.ts'
import { writeAll } from './streams.ts'

interface Waiting {
  text: string
  resolve(value: unknown): void
  reject(error: unknown): void
}

const answer: StreamListener = {
  onData(stream, octets) {
    ;(stream.data as Waiting).text += octets.toString()
    stream.consume(octets.length)
  },
  onEnd(stream) {
    const { text, resolve, reject } = stream.data as Waiting
    // The id or the sum is checked by who asked; an answer that is no JSON is none.
    try {
      resolve(JSON.parse(text))
    } catch (error) {
      reject(error)
    }
  },
  onClose(stream, error) {
    if (error) (stream.data as Waiting).reject(error)
  },
}

/** One connection of the engine's public face, JSON by hand, each method's headers made once. */
export const connectTo = (url: string, options: Http2ClientOptions = {}): PeerClient => {
  const client = connect(url, options)
  const { protocol, host } = new URL(url)
  const post = (path: string, type: string): HeaderList =>
    headerList({
      ':method': 'POST',
      ':path': path,
      ':scheme': protocol.slice(0, -1),
      ':authority': host,
      'content-type': type,
    })
  const get = post('/get', 'application/json')
  const list = post('/list', 'application/json')
  const add = post('/add', 'application/x-ndjson')
  return {
    unary: (id) =>
      new Promise<City>((resolve, reject) => {
        const data: Waiting = { text: '', resolve, reject }
        client.request(get, { listener: answer, data }).end(JSON.stringify({ id }))
      }),
    serverStream: (limit) => {
      const stream = client.request(list)
      const reader = readStream(stream)
      stream.end(JSON.stringify({ limit }))
      return summarise(reader)
    },
    clientStream: async (count) => {
      const stream = client.request(add)
      const reader = readStream(stream)
      await writeAll(stream, chunksOf(citiesUpTo(count)))
      return JSON.parse(await reader.text()) as Summary
    },
    close: () => client.close(),
  }
}

export const createClient = (url: string): PeerClient => connectTo(url)
