/** How many messages go each way, one or a stream; an event is one message that nothing answers. */
export type MethodKind = 'unary' | 'serverStream' | 'clientStream' | 'bidiStream' | 'event'

/** Whether a method of this kind takes a stream; one of an unknown kind does not. */
export function takesStream(kind: MethodKind | undefined): boolean {
  return kind === 'clientStream' || kind === 'bidiStream'
}

/** Whether a method of this kind gives a stream. */
export function givesStream(kind: MethodKind): boolean {
  return kind === 'serverStream' || kind === 'bidiStream'
}

/** Whether a method of this kind takes one message and gives one, or nothing. */
export function isSingle(kind: MethodKind | undefined): boolean {
  return kind === 'unary' || kind === 'event'
}
