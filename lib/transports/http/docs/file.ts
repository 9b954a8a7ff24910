import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Something that is read: made, hashed and compressed when it is first asked for, and kept. */
export interface File {
  readonly type: string
  readonly load: () => string | Promise<string>
}

/** Answers a request with a file. */
export type SendFile = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

const zip = promisify(gzip)

/** Makes the answer to all who ask for a file: those who have it already learn that it is the same. */
export function sendFile({ type, load }: File, headers: Readonly<Record<string, string>>): SendFile {
  let loading: ReturnType<typeof prepare> | undefined
  return async (request, reply) => {
    loading ??= prepare(load).catch((error: unknown) => {
      // What was in the way may be gone when the next one asks.
      loading = undefined
      throw error
    })
    const { etag, plain, zipped } = await loading
    const isZipped = /\bgzip\b/.test(String(request.headers['accept-encoding']))
    const tag = isZipped ? `"${etag}-gzip"` : `"${etag}"`
    reply.headers(headers).header('etag', tag).header('vary', 'accept-encoding')
    // A new version of the app may have another one at once.
    reply.header('cache-control', 'no-cache')
    if (request.headers['if-none-match']?.includes(tag)) return reply.code(304).send()
    reply.header('content-type', type)
    if (isZipped) reply.header('content-encoding', 'gzip')
    return reply.send(isZipped ? zipped : plain)
  }
}

async function prepare(load: File['load']) {
  const plain = Buffer.from(await load())
  const etag = createHash('sha256').update(plain).digest('base64url')
  return { etag, plain, zipped: await zip(plain) }
}
