import { typeReference } from '../../wire/protobuf/descriptor.ts'
import { enumsOf, messagesOf, type ProtoFile, type ProtoType } from '../../wire/protobuf/model.ts'
import { joinName } from '../../wire/protobuf/names.ts'
import { findName, packagesOf } from './type-scope.ts'

/** The shortest name by which a type can be spoken of inside of a scope. */
export type TypeNames = (type: ProtoType, scope: string) => string

/** Knows what protoc would find under a name in some files, which depends on where it stands. */
export function createTypeNames(files: readonly ProtoFile[]): TypeNames {
  const known = new Set(['google', 'google.protobuf', ...files.flatMap(namesIn)])
  return (type, scope) => {
    if (type.kind === 'scalar') return type.scalar
    const full = typeReference(type).slice(1)
    const pieces = full.split('.')
    // Google's are known by their whole name.
    const shortest = type.kind === 'known' ? pieces.length : 1
    for (let length = shortest; length <= pieces.length; length++) {
      const name = pieces.slice(-length).join('.')
      if (findName(name, scope, known) === full) return name
    }
    return `.${full}`
  }
}

function namesIn(file: ProtoFile): readonly string[] {
  return [
    ...packagesOf(file.package),
    ...[...messagesOf(file), ...enumsOf(file)].map(({ fullName }) => fullName),
    // A service's methods stand before the messages that have their names.
    ...file.services.flatMap(({ name, methods }) => {
      const fullName = joinName(file.package, name)
      return [fullName, ...methods.map((method) => `${fullName}.${method.name}`)]
    }),
  ]
}
