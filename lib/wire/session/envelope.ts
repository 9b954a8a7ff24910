/** One message of the envelope protocol, as it came: only `type` and the kinds of what is there have been checked. */
export interface Envelope {
  readonly type: string
  readonly service?: string | null
  readonly method?: string | null
  readonly id?: string | null
  readonly payload?: unknown
  readonly metadata?: Readonly<Record<string, unknown>> | null
  readonly error?: unknown
  /** What explains a failure. */
  readonly details?: unknown
}

/** The longest id of a call. */
const maxIdLength = 1_024

/** Reads an envelope; undefined for what is none. */
export function readEnvelope(text: string): Envelope | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return isEnvelope(value) ? value : undefined
}

function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== 'object' || value === null) return false
  const { type, service, method, id, metadata } = value as Record<string, unknown>
  return (
    typeof type === 'string' &&
    isTextOrNothing(service) &&
    isTextOrNothing(method) &&
    isTextOrNothing(id) &&
    (typeof id !== 'string' || id.length <= maxIdLength) &&
    (metadata === undefined || typeof metadata === 'object')
  )
}

function isTextOrNothing(value: unknown): boolean {
  return isNothing(value) || typeof value === 'string'
}

/** Whether a key is missing, or null, as the Python package writes what it has not. */
export function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null
}
