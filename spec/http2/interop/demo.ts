import type { Http2ErrorCode, Http2Stream } from 'microapi-ts/http2'
import { createProbe, type Probe } from '../../../lib/testing/probe.ts'
import { octets } from './octets.ts'

/** What a server of ours does for the clients of others, and what it has seen. */
export interface Demo {
  readonly onStream: (stream: Http2Stream) => void
  readonly probe: Probe
}

type Handler = (stream: Http2Stream, query: URLSearchParams, probe: Probe) => void

/** Makes one; a path each for the things that HTTP/2 can do. */
export function createDemo(): Demo {
  const probe = createProbe()
  return {
    probe,
    onStream(stream) {
      const { pathname, searchParams } = new URL(stream.headers!.path!, 'http://demo')
      const handler = handlers[pathname] ?? hello
      handler(stream, searchParams, probe)
    },
  }
}

const text = { ':status': 200, 'content-type': 'text/plain' }

const hello: Handler = (stream) => {
  stream.listener = {
    onEnd() {
      const end = stream.headers!.method === 'HEAD'
      stream.respond({ ...text, 'content-length': 6 }, { end })
      if (!end) stream.end('hello\n')
    },
  }
}

const handlers: Readonly<Record<string, Handler>> = {
  '/echo': (stream, _, probe) => echo(stream, probe),
  '/size': (stream, _, probe) => {
    let size = 0
    stream.listener = {
      onData(_stream, piece) {
        size += piece.length
        stream.consume(piece.length)
      },
      onEnd(_stream, trailers) {
        stream.respond(text)
        stream.end(`${size} ${trailers?.get('x-sum') ?? '-'}\n`)
      },
      onClose: (_stream, error) => error && probe.note('size failed', error.code),
    }
  },
  '/download': (stream, query, probe) => {
    const count = Number(query.get('octets'))
    stream.respond({ ':status': 200, 'content-length': count })
    produce(stream, octets(count), probe)
  },
  '/trailers': (stream) => {
    stream.respond({ ...text, 'x-first': '1' })
    stream.write('body\n')
    stream.sendTrailers({ 'x-last': '2' })
  },
  '/early': (stream) => {
    stream.respond({ ':status': 103, link: '</a.css>; rel=preload' })
    stream.respond(text)
    stream.end('late\n')
  },
  '/continue': (stream, query, probe) => {
    if (stream.headers!.get('expect') === '100-continue') stream.respond({ ':status': 100 })
    handlers['/size']!(stream, query, probe)
  },
  '/headers': (stream) => {
    stream.respond({ ...text, 'content-type': 'application/json' })
    stream.end(JSON.stringify([stream.headers, stream.headers!.neverIndexed ?? []]))
  },
  '/large': (stream, query) => {
    const fields = Object.fromEntries(
      Array.from({ length: Number(query.get('fields')) }, (_, i) => [
        `x-field-${i}`,
        octets(750).toString('hex'),
      ]),
    )
    stream.respond({ ...text, ...fields })
    stream.end('large\n')
  },
  '/secret': (stream) => {
    stream.respond({ ...text, 'x-secret': 'hush' }, { neverIndexed: ['x-secret'] })
    stream.end('told\n')
  },
  '/empty': (stream, query) => stream.respond({ ':status': Number(query.get('status')) }, { end: true }),
  '/reset': (stream, query) => {
    if (query.has('late')) {
      stream.respond(text)
      stream.write('the beginning')
    }
    stream.reset(query.get('code') as Http2ErrorCode)
  },
  // Answers when the test opens the gate.
  '/hold': (stream, _, probe) => {
    stream.respond(text)
    stream.write('held\n')
    stream.listener = { onClose: (_stream, error) => probe.note('hold ended', error?.code) }
    probe.note('hold began')
    void probe.passed('hold').then(() => stream.closed || stream.end('released\n'))
  },
}

/** The peer may send on when what it sent before has gone back. */
function echo(stream: Http2Stream, probe: Probe): void {
  let size = 0
  let owed = 0
  stream.respond({ ':status': 200, 'content-type': stream.headers!.get('content-type') ?? 'text/plain' })
  stream.listener = {
    onData(_, piece) {
      size += piece.length
      if (stream.write(Buffer.from(piece))) stream.consume(piece.length)
      else owed += piece.length
    },
    onDrain() {
      stream.consume(owed)
      owed = 0
    },
    onEnd: () => stream.sendTrailers({ 'x-octets': size }),
    onClose: (_, error) => error && probe.note('echo failed', error.code),
  }
}

/** Writes as long as there is room, and notes how often there was none. */
function produce(stream: Http2Stream, all: Buffer, probe: Probe): void {
  const piece = 20_000
  let at = 0
  const more = (): void => {
    while (at < all.length) {
      const part = all.subarray(at, at + piece)
      at += part.length
      probe.note('produced', at)
      if (stream.write(part)) continue
      probe.note('waited')
      return
    }
    stream.end()
  }
  stream.listener = {
    onDrain: more,
    onClose: (_, error) => error && probe.note('download failed', error.code),
  }
  more()
}
