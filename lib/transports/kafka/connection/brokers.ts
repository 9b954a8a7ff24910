import { formatAddress, parseAddress } from '../../../core/address.ts'

/** Where a cluster is, and who we are there. */
export interface Brokers {
  readonly secure: boolean
  /** At least one; the others of the cluster are learnt from it. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  readonly username: string | undefined
  readonly password: string | undefined
}

/** Reads `kafka://user:password@host:port,host:port`. Throws a TypeError for one that is none. */
export function readUrl(url: string): Brokers {
  const { scheme, hosts, username, password, path, query } = parseAddress(url)
  const [name] = Object.keys(query)
  if (scheme !== 'kafka' && scheme !== 'kafkas')
    throw new TypeError(
      `kafka: ${JSON.stringify(`${scheme}://`)} is no scheme of Kafka; use kafka:// or kafkas://`,
    )
  if (path !== '')
    throw new TypeError(
      `kafka: the option url names brokers alone; there is no place for ${JSON.stringify(path)}`,
    )
  if (name !== undefined)
    throw new TypeError(`kafka: the option url takes an address alone; give ${name} as an option beside it`)
  for (const { host } of hosts) {
    // kafkajs cuts an address at its first colon.
    if (host.includes(':'))
      throw new TypeError(
        `kafka: url is ${JSON.stringify(formatHosts(false, hosts))}; use a host name for the IPv6 address`,
      )
  }
  return {
    secure: scheme === 'kafkas',
    hosts: hosts.map(({ host, port }) => ({
      host,
      port: port ?? 9092,
    })),
    username,
    password: password ?? (username === undefined ? undefined : ''),
  }
}

/** The address for people and logs: without its password. */
export function formatBrokers({ secure, hosts }: Pick<Brokers, 'secure' | 'hosts'>): string {
  return formatHosts(secure, hosts)
}

function formatHosts(
  secure: boolean,
  hosts: readonly { readonly host: string; readonly port: number | undefined }[],
): string {
  const scheme = secure ? 'kafkas' : 'kafka'
  const [first, ...others] = hosts.map(({ host, port }) => formatAddress(scheme, host, port ?? 9092))
  return [first, ...others.map((one) => one.slice(one.indexOf('://') + 3))].join(',')
}
