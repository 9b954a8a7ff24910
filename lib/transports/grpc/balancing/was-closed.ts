import { RpcError } from '../../../core/errors.ts'

/** What becomes of calls whose client is closed. */
export function wasClosed(): RpcError {
  return new RpcError('CANCELLED', 'the client was closed')
}
