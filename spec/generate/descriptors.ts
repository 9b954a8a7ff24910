import descriptor from 'protobufjs/ext/descriptor.js'

interface Part {
  [key: string]: unknown
}

/**
 * A FileDescriptorSet by its files' names, without what does not show on the wire: comments, options of files, and the order
 * in which things stand that are found by their names.
 */
export function comparable(set: Uint8Array): Readonly<Record<string, unknown>> {
  const { file } = descriptor.FileDescriptorSet.toObject(descriptor.FileDescriptorSet.decode(set), {
    enums: String,
  }) as { file: readonly Part[] }
  return Object.fromEntries(
    file.map((one) => [one['name'], sorted({ ...one, sourceCodeInfo: undefined, options: undefined })]),
  )
}

function sorted(part: Part): Part {
  const entries = Object.entries(part).map(([key, value]): [string, unknown] => {
    if (key === 'oneofDecl') return [key, inWords((value as Part[]).map(({ name }) => name))]
    if (!Array.isArray(value)) return [key, value]
    if (!value.every((one) => typeof one === 'object')) return [key, inWords(value)]
    const all = value.map((one) => sorted(withOneof(one as Part, part)))
    const isNamed = all.every(({ name }) => name !== undefined)
    return [key, isNamed ? all.toSorted((a, b) => (String(a['name']) < String(b['name']) ? -1 : 1)) : all]
  })
  return Object.fromEntries(entries)
}

function inWords(values: readonly unknown[]): readonly unknown[] {
  return values.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))
}

/** A field's oneof by its name: they are numbered in the order in which they stand. */
function withOneof(one: Part, { oneofDecl }: Part): Part {
  const { oneofIndex, ...rest } = one
  return oneofIndex === undefined
    ? one
    : { ...rest, oneof: (oneofDecl as readonly Part[])[oneofIndex as number]!['name'] }
}
