import { RpcError } from '../core/errors.ts'

/** Throws the error of an item that is too large. */
export function tooLarge(maxBytes: number): never {
  throw new RpcError('RESOURCE_EXHAUSTED', `message of more than ${maxBytes} bytes (maxMessageBytes)`, {
    reason: 'TOO_LARGE',
  })
}
