import type { CallOptions } from '../client/signature.ts'
import { describing } from '../core/describe.ts'

/** A client that knows no contract, as far as it is asked. */
export type AskedClient = Readonly<
  Record<
    string,
    | Readonly<Record<string, ((input: unknown, options: CallOptions) => Promise<unknown>) | undefined>>
    | undefined
  >
>

/** Asks a server to describe itself. Gives what it says, unchecked; throws an RpcError where it does not. */
export async function askServer(client: AskedClient, options: CallOptions): Promise<unknown> {
  return client[describing.service]![describing.method]!({}, options)
}
