import { typeName } from '../../wire/protobuf/names.ts'
import { list, object, options, quoted, type Bracketed, type Code } from '../code-text.ts'
import type { LinkedFile } from '../proto-source/link-proto.ts'
import type { Reserved } from '../../wire/protobuf/model.ts'

/** Says of a message or an enum where it belongs, as its `proto` does; nothing where its `$id` says it all. */
export type Places = (
  one: { readonly fullName: string; readonly reserved: Reserved },
  file: LinkedFile,
  more: { readonly id: string; readonly values?: Code },
) => Code | undefined

/** Knows in which package and file a message is when nothing is said: those of the services. */
export function createPlaces(files: readonly LinkedFile[]): Places {
  const serving = files.filter(({ services }) => services.length > 0)
  const packages = new Set((serving.length > 0 ? serving : files).map((file) => file.package))
  const home = packages.size === 1 ? [...packages][0] : undefined
  const mainOf = (name: string): string | undefined => {
    const mains = serving.filter((file) => file.package === name)
    return mains.length === 1 ? mains[0]!.name : undefined
  }
  return ({ fullName, reserved }, file, { id, values }) => {
    const own = file.package === '' ? fullName : fullName.slice(file.package.length + 1)
    const name = typeName(id) === own ? undefined : quoted(own)
    const isElsewhere = file.package !== home
    const isBeside = serving.length > 0 && !own.includes('.') && mainOf(file.package) !== file.name
    const rest = options({
      package: isElsewhere ? quoted(file.package) : undefined,
      file: isBeside ? quoted(file.name) : undefined,
      values,
      reserved: reservedCode(reserved),
    })
    if (rest === undefined) return name
    return name === undefined ? rest : joined(name, rest)
  }
}

function joined(name: string, rest: Bracketed): Code {
  return { ...rest, items: [{ key: 'name', value: name }, ...rest.items] }
}

function reservedCode({ ranges, names }: Reserved): Code | undefined {
  const all = [
    ...ranges.map(([from, to]) => (from === to ? String(from) : list([String(from), String(to)]))),
    ...names.map(quoted),
  ]
  return all.length === 0 ? undefined : list(all)
}

/** What a service says of its names in protobuf. */
export function servicePlace(file: LinkedFile, service: string): Code {
  const usual = `${file.package.replaceAll('.', '_') || 'services'}.proto`
  return object({
    package: quoted(file.package),
    service: quoted(service),
    file: file.name === usual ? undefined : quoted(file.name),
  })
}
