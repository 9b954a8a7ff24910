/** An address of a service: `grpc://user:secret@a:1,b:2/path?key=value`. */
export interface Address {
  readonly scheme: string
  /** At least one; an empty host is 127.0.0.1. */
  readonly hosts: readonly { readonly host: string; readonly port: number | undefined }[]
  readonly username: string | undefined
  readonly password: string | undefined
  /** Empty, or beginning with `/`. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

const addressPattern = /^([a-z][a-z0-9+.-]*):\/\/(?:([^@/?#]*)@)?([^/?#@]*)(\/[^?#]*)?(?:\?([^#]*))?$/i
const hostPattern = /^(\[[0-9a-f:.]+\]|[^:[\]\s]*)(?::(\d{1,5}))?$/i

/**
 * Reads an address. `new URL` does not do: it refuses `http://:8080` and several hosts.
 * Throws a TypeError that says which part is wrong.
 */
export function parseAddress(text: string): Address {
  const match = addressPattern.exec(text)
  if (!match)
    throw new TypeError(
      `address ${JSON.stringify(text)}: write scheme://host:port, as in http://127.0.0.1:8080`,
    )
  const [, scheme, user, hosts, path, query] = match
  const [username, password] = (user ?? '').split(/:(.*)/s)
  return {
    scheme: scheme!.toLowerCase(),
    hosts: hosts!.split(',').map((host) => parseHost(host, text)),
    username: username ? decoded(username, text) : undefined,
    password: password === undefined ? undefined : decoded(password, text),
    path: path === undefined || path === '/' ? '' : path,
    query: Object.fromEntries(new URLSearchParams(query ?? '')),
  }
}

function decoded(part: string, address: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new TypeError(
      `address ${JSON.stringify(address)}: user name and password are percent-encoded; write "%" as %25`,
    )
  }
}

function parseHost(text: string, address: string): { host: string; port: number | undefined } {
  const match = hostPattern.exec(text)
  const port = match?.[2] === undefined ? undefined : Number(match[2])
  if (!match || (port !== undefined && port > 65_535)) {
    throw new TypeError(`address ${JSON.stringify(address)}: ${JSON.stringify(text)} is no host:port`)
  }
  return { host: match[1]!.replace(/^\[|\]$/g, '') || '127.0.0.1', port }
}

/** Writes `scheme://host:port`, with brackets around an IPv6 address. */
export function formatAddress(scheme: string, host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
