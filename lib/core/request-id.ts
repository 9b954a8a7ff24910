import type { Call } from './call.ts'
import type { Metadata } from './metadata.ts'

/** The metadata that says which request a call belongs to, on every transport. */
export const requestIdKey = 'x-request-id'

/** Of visible characters, so that it can stand in any header, line and file name; longer ones are nobody's. */
const sound = /^[\x21-\x7e]{1,128}$/

/** An id that a peer sent, where it is fit to be one: 1 to 128 visible ASCII characters. */
export function soundId(id: string | undefined): string | undefined {
  return id !== undefined && sound.test(id) ? id : undefined
}

/** Makes an id: 32 hex digits. */
export function createId(): string {
  return crypto.randomUUID().replaceAll('-', '')
}

/** The request that a call belongs to: the call's id, but for an event what its publisher said, if anything. */
export function requestIdOf(call: Pick<Call, 'id' | 'kind' | 'metadata'>): string {
  return (call.kind === 'event' && soundId(call.metadata.get(requestIdKey))) || call.id
}

/** Says in the metadata of a call that it is made for another one's sake, unless they name a request themselves. */
export function passRequestId(parent: Call, metadata: Metadata): void {
  if (metadata.has(requestIdKey)) return
  const id = soundId(requestIdOf(parent))
  if (id !== undefined) metadata.set(requestIdKey, id)
}
