import type { FastifyReply } from 'fastify'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** The way that an answer leaves: through a fastify reply with its hooks, or straight to the response. */
export interface AnswerSink {
  readonly raw: ServerResponse
  /** Sends a whole answer. */
  send(status: number, headers: OutgoingHttpHeaders, text: string): void
  /** Hands over the raw response to be written as a stream; returns the headers that hooks have set, CORS for one. */
  takeOver(): OutgoingHttpHeaders
}

/** Answers by a fastify reply: hooks of the surrounding server see it. */
export function replySink(reply: FastifyReply): AnswerSink {
  return {
    raw: reply.raw,
    send: (status, headers, text) => void reply.code(status).headers(headers).send(text),
    takeOver() {
      reply.hijack()
      return reply.getHeaders() as OutgoingHttpHeaders
    },
  }
}

/** Answers by the response itself, where nobody else has a say. */
export function directSink(response: ServerResponse): AnswerSink {
  return {
    raw: response,
    send(status, headers, text) {
      headers['content-length'] = Buffer.byteLength(text)
      response.writeHead(status, headers)
      response.end(text)
    },
    takeOver: () => ({}),
  }
}
