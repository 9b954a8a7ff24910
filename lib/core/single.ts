import { RpcError } from './errors.ts'

/** The only message of a stream that must hold one. None is `undefined`; two are UNIMPLEMENTED. */
export async function single(stream: AsyncIterable<unknown> | Iterable<unknown>): Promise<unknown> {
  let message: unknown
  let count = 0
  for await (const item of stream) {
    if (++count > 1)
      throw new RpcError(
        'UNIMPLEMENTED',
        'more than one message where one is due; iterate a call that streams',
      )
    message = item
  }
  return message
}
