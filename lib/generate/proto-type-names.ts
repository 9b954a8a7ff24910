import { typeReference } from '../wire/protobuf/descriptor.ts'
import { enumsOf, messagesOf, type ProtoFile, type ProtoType } from '../wire/protobuf/model.ts'

/** The shortest name by which a type can be spoken of inside of a scope. */
export type TypeNames = (type: ProtoType, scope: string) => string

/** Knows what protoc would find under a name, which depends on where it stands. */
export function createTypeNames(file: ProtoFile): TypeNames {
  const parts = file.package.split('.')
  const packages = parts.map((_, i) => parts.slice(0, i + 1).join('.'))
  const known = new Set([
    ...packages,
    'google',
    ...[...messagesOf(file), ...enumsOf(file)].map(({ fullName }) => fullName),
    ...file.services.map(({ name }) => `${file.package}.${name}`),
  ])
  const find = (name: string, scope: string): string | undefined => {
    const [first = ''] = name.split('.', 1)
    for (let within = scope; ; within = within.slice(0, Math.max(0, within.lastIndexOf('.')))) {
      const prefix = within === '' ? '' : `${within}.`
      // The innermost that has the first part decides, whether it has the rest or not.
      if (known.has(prefix + first)) return prefix + name
      if (within === '') return undefined
    }
  }
  return (type, scope) => {
    if (type.kind === 'scalar') return type.scalar
    const full = typeReference(type).slice(1)
    const pieces = full.split('.')
    // Google's are known by their whole name.
    const shortest = type.kind === 'known' ? pieces.length : 1
    for (let length = shortest; length <= pieces.length; length++) {
      const name = pieces.slice(-length).join('.')
      if (find(name, scope) === full) return name
    }
    return `.${full}`
  }
}
