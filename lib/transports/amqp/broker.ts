import { formatAddress, parseAddress } from '../../core/address.ts'

/** A broker's address. */
export interface Broker {
  readonly secure: boolean
  /** At least one; tried in order. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  readonly username: string
  readonly password: string
  readonly vhost: string
}

/** Reads `amqp://user:password@host:port/vhost`. Throws a TypeError for one that is none. */
export function readUrl(url: string): Broker {
  const { scheme, hosts, username, password, path, query } = parseAddress(url)
  const [name] = Object.keys(query)
  if (scheme !== 'amqp' && scheme !== 'amqps')
    throw new TypeError(
      `amqp: ${JSON.stringify(`${scheme}://`)} is no scheme of RabbitMQ; use amqp:// or amqps://`,
    )
  if (name !== undefined)
    throw new TypeError(`amqp: the option url takes an address alone; give ${name} as an option beside it`)
  const secure = scheme === 'amqps'
  return {
    secure,
    hosts: hosts.map(({ host, port }) => ({
      host: host === 'localhost' ? '127.0.0.1' : host,
      port: port ?? (secure ? 5671 : 5672),
    })),
    username: username ?? 'guest',
    password: password ?? (username === undefined ? 'guest' : ''),
    vhost: path === '' ? '/' : decodeURIComponent(path.slice(1)),
  }
}

/** The address for people and logs: without its password. */
export function formatBroker({ secure, hosts, vhost }: Broker): string {
  const [first, ...others] = hosts.map(({ host, port }) =>
    formatAddress(secure ? 'amqps' : 'amqp', host, port),
  )
  const all = [first, ...others.map((one) => one.slice(one.indexOf('://') + 3))].join(',')
  return vhost === '/' ? all : `${all}/${encodeURIComponent(vhost)}`
}
