import { failure, oneLine, type CommandError } from './failure.ts'

/** What a system says of an address that it does not give. */
interface AddressError {
  readonly code?: string
  readonly syscall?: string
  readonly address?: string
  readonly hostname?: string
  readonly port?: number
}

const noName = 'is the name of no machine; give 127.0.0.1, or 0.0.0.0 for all that this one has'
const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use; end what listens there, or give another port (0 takes a free one)',
  EACCES: 'is not allowed to this user; give a port from 1024 on',
  EADDRNOTAVAIL: 'is no address of this machine; give 127.0.0.1, or 0.0.0.0 for all that it has',
  ENOTFOUND: noName,
  EAI_AGAIN: noName,
}

/** Says why an app cannot be served at these URLs: one of them, or the app itself. */
export function listenFailure(app: string, urls: readonly string[], error: unknown): CommandError {
  if (isOfBroker(error))
    return failure(`${oneLine(error)}; start the broker, or give the address of one that runs`, error)
  if (!isOfAddress(error, urls))
    return failure(`${app} cannot start: ${oneLine(error)}; --trace shows where`, error)
  const { code, address, hostname, port } = error as AddressError
  const host = address ?? hostname ?? ''
  const where = port === undefined ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`
  return failure(`${where} ${reasons[code!]}`, error)
}

/** Whether it is a URL that failed, which no change of the app would mend. */
export function isOfAddress(error: unknown, urls: readonly string[]): boolean {
  if (isOfBroker(error)) return true
  const { code = '', syscall = '', hostname } = (error ?? {}) as AddressError
  if (!Object.hasOwn(reasons, code)) return false
  // An app that starts may look for machines of its own, and for files.
  if (syscall === 'getaddrinfo') return urls.some((url) => url.includes(`//${hostname}`))
  return syscall === 'listen' || syscall === 'bind'
}

/** A broker that does not answer is named by its URL. */
function isOfBroker(error: unknown): boolean {
  return error instanceof Error && /^(amqp|kafka)s?:\/\//.test(error.message)
}
