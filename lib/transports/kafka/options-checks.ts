import { createSecureContext, type SecureContextOptions } from 'node:tls'

/** What looks at one option and gives it back. Each throws a TypeError that says what would do. */
export const checks = { within, number, oneOf, topicName, start, certificates }

function refuse(name: string, value: unknown, use: string): never {
  throw new TypeError(
    `kafka: ${name} is ${typeof value === 'string' ? JSON.stringify(value) : String(value)}; use ${use}`,
  )
}

function within(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  return refuse(name, value, `a whole number from 1 to ${most}`)
}

function number(name: string, value: number): number {
  return within(name, value, 2_147_483_647)
}

function oneOf<T extends string | undefined>(name: string, value: T, values: readonly NonNullable<T>[]): T {
  if (value === undefined || values.includes(value)) return value
  return refuse(name, value, values.join(' or '))
}

/** Kafka makes files of them. */
function topicName(name: string, value: string): string {
  if (/^[a-zA-Z0-9._-]{1,249}$/.test(value) && value !== '.' && value !== '..') return value
  return refuse(name, value, '1 to 249 letters, digits, dots, underscores and hyphens')
}

function start(value: 'latest' | 'earliest' | Date): 'latest' | 'earliest' | Date {
  if (value === 'latest' || value === 'earliest') return value
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value
  return refuse('from', value, "'latest', 'earliest' or a Date")
}

/** They are not printed: a key is among them. */
function certificates<T extends SecureContextOptions>(value: T): T {
  // Node leaves out what it cannot read, and then trusts nobody.
  if ([value.ca ?? []].flat().some((one) => !one.toString().includes('-----BEGIN')))
    throw new TypeError('kafka: tls.ca is no certificate; use what is in the file, in PEM, not its path')
  try {
    createSecureContext(value)
    return value
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TypeError(
      `kafka: tls is no certificate with its key (${why}); use what is in the files, in PEM`,
      { cause },
    )
  }
}
