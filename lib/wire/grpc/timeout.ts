import { RpcError } from '../../core/errors.ts'

/** Milliseconds of one unit. */
const units: Readonly<Record<string, number>> = { n: 1e-6, u: 1e-3, m: 1, S: 1e3, M: 6e4, H: 36e5 }

/** Reads `grpc-timeout`: at most eight digits and a unit. Milliseconds; throws INVALID_ARGUMENT for anything else. */
export function parseGrpcTimeout(text: string): number {
  const match = /^(\d{1,8})([numSMH])$/.exec(text)
  if (match) return Number(match[1]) * units[match[2]!]!
  throw new RpcError(
    'INVALID_ARGUMENT',
    `grpc-timeout ${JSON.stringify(text)}: write digits and a unit, as in 500m`,
  )
}

/** Writes milliseconds that are left, rounded up, in the finest unit that has room for them. */
export function formatGrpcTimeout(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms))
  if (whole < 1e8) return `${whole}m`
  const seconds = Math.ceil(whole / 1e3)
  if (seconds < 1e8) return `${seconds}S`
  return `${Math.min(99_999_999, Math.ceil(seconds / 3600))}H`
}
