/** How many messages go each way: one or a stream. */
export type MethodKind = 'unary' | 'serverStream' | 'clientStream' | 'bidiStream'

/** Whether a method of this kind takes a stream; one of an unknown kind does not. */
export function takesStream(kind: MethodKind | undefined): boolean {
  return kind === 'clientStream' || kind === 'bidiStream'
}

/** Whether a method of this kind gives a stream. */
export function givesStream(kind: MethodKind): boolean {
  return kind === 'serverStream' || kind === 'bidiStream'
}
