import { googleFileOf } from './google-files.ts'
import { enumsOf, messagesOf, type ProtoFile, type ProtoType } from './model.ts'

/** A file that does not know yet what it imports. */
export type UnlinkedFile = Omit<ProtoFile, 'imports'>

/** Says what each file imports; those that are imported stand first. Throws where two import each other, which protoc refuses. */
export function withImports(files: readonly UnlinkedFile[]): readonly ProtoFile[] {
  const owners = new Map<string, string>()
  for (const file of files) {
    const same = files.find(({ name }) => name === file.name)
    if (same !== file)
      throw new TypeError(
        `${file.name}: is the file of the packages "${same!.package}" and "${file.package}", and a file has one; give one of them another with proto: { file }`,
      )
    for (const { fullName } of [...messagesOf(file), ...enumsOf(file)]) owners.set(fullName, file.name)
  }
  const linked = files.map((file): ProtoFile => ({ ...file, imports: importsOf(file, owners) }))
  return inOrder(linked)
}

function importsOf(file: UnlinkedFile, owners: ReadonlyMap<string, string>): readonly string[] {
  const types = [
    ...[...messagesOf(file)].flatMap(({ fields }) => fields.map(({ type }) => type)),
    ...file.services.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output])),
  ]
  const fileOf = (type: ProtoType): readonly string[] => {
    if (type.kind === 'scalar') return []
    const name = type.kind === 'known' ? googleFileOf[type.name] : owners.get(type.name)!
    return name === file.name ? [] : [name]
  }
  return [...new Set(types.flatMap(fileOf))].toSorted()
}

function inOrder(files: readonly ProtoFile[]): readonly ProtoFile[] {
  const byName = new Map(files.map((file) => [file.name, file]))
  const done = new Set<ProtoFile>()
  const visit = (file: ProtoFile, before: readonly string[]): void => {
    if (done.has(file)) return
    if (before.includes(file.name))
      throw new TypeError(
        `${file.name}: imports itself, by way of ${before.slice(before.indexOf(file.name) + 1).join(', ')}; put what they need of each other into one file with proto: { file }`,
      )
    for (const name of file.imports) {
      const next = byName.get(name)
      if (next) visit(next, [...before, file.name])
    }
    done.add(file)
  }
  for (const file of files) visit(file, [])
  return [...done]
}
