import type { ClientSide } from '../core/method.ts'

/** The method that a call goes to, and what its client knows of it. */
export interface Target extends ClientSide {
  readonly service: string
  readonly method: string
}

const same = (message: unknown): unknown => message

/** What is known of a method where nothing but a type describes it. */
export const unknownSide: ClientSide = {
  kind: undefined,
  timeoutMs: undefined,
  idempotent: undefined,
  encode: same,
  decode: same,
}
