import type { ProtoType } from '../../wire/protobuf/model.ts'
import { rawEnumsOf, rawMessagesOf, type RawEnum, type RawMessage } from '../proto-source/raw-proto.ts'
import type { LinkedFile } from '../proto-source/link-proto.ts'

/** What is written as one piece: an enum, a message, or messages that hold each other. */
export type Piece =
  | { readonly kind: 'enum'; readonly one: RawEnum; readonly file: LinkedFile }
  | {
      readonly kind: 'messages'
      readonly all: readonly { readonly one: RawMessage<ProtoType>; readonly file: LinkedFile }[]
      /** The only one holds itself. */
      readonly isRecursive: boolean
    }

/** Everything in the order in which TypeScript can have it: what is used stands first. */
export function inOrder(files: readonly LinkedFile[]): readonly Piece[] {
  const messages = new Map(
    files.flatMap((file) => [...rawMessagesOf(file)].map((one) => [one.fullName, { one, file }] as const)),
  )
  const enums = files.flatMap((file) =>
    [...rawEnumsOf(file)].map((one): Piece => ({ kind: 'enum', one, file })),
  )
  const usedBy = (name: string): readonly string[] =>
    messages.get(name)!.one.fields.flatMap(({ type }) => (type.kind === 'message' ? [type.name] : []))
  const rings = ringsOf([...messages.keys()], usedBy).map((ring): Piece => {
    const all = ring.map((name) => messages.get(name)!)
    return { kind: 'messages', all, isRecursive: ring.length === 1 && usedBy(ring[0]!).includes(ring[0]!) }
  })
  return [...enums, ...rings]
}

/**
 * Groups what leads to each other, those that lead to nothing else first.
 * @see https://en.wikipedia.org/wiki/Tarjan%27s_strongly_connected_components_algorithm
 */
function ringsOf(
  names: readonly string[],
  next: (name: string) => readonly string[],
): readonly (readonly string[])[] {
  const rings: string[][] = []
  const index = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const visit = (name: string): void => {
    index.set(name, index.size)
    lowest.set(name, index.get(name)!)
    stack.push(name)
    for (const other of next(name)) {
      if (!index.has(other)) visit(other)
      const low = stack.includes(other) ? Math.min(lowest.get(name)!, lowest.get(other)!) : lowest.get(name)!
      lowest.set(name, low)
    }
    if (lowest.get(name) !== index.get(name)) return
    const ring = stack.splice(stack.indexOf(name))
    // As they were declared.
    rings.push(ring.toSorted((a, b) => names.indexOf(a) - names.indexOf(b)))
  }
  for (const name of names) if (!index.has(name)) visit(name)
  return rings
}
