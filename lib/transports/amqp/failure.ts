import { RpcError } from '../../core/errors.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { ErrorCode } from '../../core/status.ts'
import { formatBroker, type Broker } from './broker.ts'

/** @see https://www.rabbitmq.com/amqp-0-9-1-reference.html#constants */
const codes: Readonly<Record<number, ErrorCode>> = {
  320: 'UNAVAILABLE',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'FAILED_PRECONDITION',
  406: 'FAILED_PRECONDITION',
  530: 'PERMISSION_DENIED',
}

function replyCodeOf(cause: unknown): number | undefined {
  const { code, message } = Object(cause) as { code?: unknown; message?: unknown }
  if (typeof code === 'number') return code
  // A refused handshake has its code in its text only.
  const found = /^Handshake terminated by server: (\d{3})/.exec(String(message))
  return found ? Number(found[1]) : undefined
}

function codeOf(replyCode: number | undefined): ErrorCode {
  return (replyCode !== undefined && codes[replyCode]) || 'UNAVAILABLE'
}

function textOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message || cause.name : String(cause)
  return /with message "(.*)"/s.exec(text)?.[1] ?? text
}

/** Why no connection came about; what waited for it never ran. */
export function failureToConnect(broker: Broker, cause: unknown): RpcError {
  const address = formatBroker(broker)
  // The library keeps to itself what the broker says about the virtual host.
  if (textOf(cause).startsWith('Expected ConnectionOpenOk; got <ConnectionClose')) {
    const vhost = JSON.stringify(broker.vhost)
    const text = `${address}: there is no virtual host ${vhost}, or user "${broker.username}" may not use it`
    return markNeverRan(new RpcError('PERMISSION_DENIED', text, { cause }))
  }
  const replyCode = replyCodeOf(cause)
  const code = replyCode === 403 ? 'UNAUTHENTICATED' : codeOf(replyCode)
  return markNeverRan(new RpcError(code, `${address}: ${textOf(cause)}`, { cause }))
}

/** Why a connection that stood has ended. */
export function failureOfLink(address: string, cause: unknown): RpcError {
  return new RpcError('UNAVAILABLE', `the connection to ${address} was lost: ${textOf(cause)}`, { cause })
}

const inequivalent = /inequivalent arg '([^']+)' for (?:queue|exchange) '(.+)' in vhost .*?: (received .*)$/s

/** Why a queue or an exchange could not be declared. */
export function failureToDeclare(what: 'queue' | 'exchange', name: string, cause: unknown): RpcError {
  if (cause instanceof RpcError) return cause
  const text = textOf(cause)
  const replyCode = replyCodeOf(cause)
  const difference = inequivalent.exec(text)
  if (difference) {
    const [, argument, , values] = difference
    return new RpcError(
      'FAILED_PRECONDITION',
      `${what} "${name}" exists already and was declared otherwise: ${argument}, ${values}. Declare it as it is there, delete it, or use another name (${what === 'queue' ? 'queue' : 'eventExchange'})`,
      { cause },
    )
  }
  return new RpcError(codeOf(replyCode), `${what} "${name}": ${text}`, { cause })
}
