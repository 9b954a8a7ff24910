import type { Call } from '../core/call.ts'
import type { NoContextKeys } from '../core/context.ts'
import { RpcError } from '../core/errors.ts'
import type { Middleware } from '../core/middleware.ts'

/** Options of {@link bearer}. */
export interface BearerOptions<Adds extends object> {
  /** What a token adds to the context, or nothing when it is not valid. It may throw an RpcError of its own. */
  readonly verify: (token: string, call: Call) => Promise<Adds | null | undefined> | Adds | null | undefined
}

/** `Bearer` and a token of the characters that RFC 6750 allows. */
const pattern = /^bearer +([\w.~+/-]+=*)$/i

/**
 * Lets in only calls that bring a valid token as `authorization: Bearer …`; the others fail UNAUTHENTICATED.
 * What `verify` returns is added to the context.
 * @see https://www.rfc-editor.org/rfc/rfc6750
 * @example rpc.use(bearer({ verify: async (token) => ({ account: await accountOf(token) }) }))
 */
export function bearer<Adds extends object>(options: BearerOptions<Adds & NoContextKeys>): Middleware<Adds> {
  return async function checkBearer(call, next) {
    const token = pattern.exec(call.metadata.get('authorization') ?? '')?.[1]
    if (token === undefined)
      throw new RpcError('UNAUTHENTICATED', 'send a token as "authorization: Bearer …"')
    const adds = await options.verify(token, call)
    if (adds === null || adds === undefined) throw new RpcError('UNAUTHENTICATED', 'the token is not valid')
    return next(call.with(adds))
  }
}
