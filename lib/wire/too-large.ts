import { RpcError } from '../core/errors.ts'

/** The error of a message that is too large. */
export function tooLargeError(maxBytes: number): RpcError {
  return new RpcError('RESOURCE_EXHAUSTED', `message of more than ${maxBytes} bytes (maxMessageBytes)`, {
    reason: 'TOO_LARGE',
  })
}

/** Throws it. */
export function tooLarge(maxBytes: number): never {
  throw tooLargeError(maxBytes)
}
