import type { Call } from './call.ts'

const keys = new WeakMap<object, string>()

/** Says what a call belongs with, where its client was told so for this one call. */
export function setCallKey({ lifetime }: Pick<Call, 'lifetime'>, key: string): void {
  keys.set(lifetime, key)
}

/** What {@link setCallKey} has said. A call of another context or input is the same one here. */
export function callKey({ lifetime }: Pick<Call, 'lifetime'>): string | undefined {
  return keys.get(lifetime)
}
