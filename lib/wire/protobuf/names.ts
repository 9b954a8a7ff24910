import type { MethodDescription } from '../../core/transport.ts'

/** What protobuf calls a method. */
export interface ProtoPath {
  /** Empty where the .proto has none. */
  readonly package: string
  readonly service: string
  readonly method: string
  /** The file that it says it stands in. */
  readonly file: string | undefined
}

const identifierPattern = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * What protobuf calls a method: as its options say, else as the Python package's generator does. Throws for what could
 * stand in no .proto.
 */
export function protoPathOf({
  service,
  name,
  options,
}: Pick<MethodDescription, 'service' | 'name' | 'options'>): ProtoPath {
  const { proto = {} } = options
  const lower = service.toLowerCase()
  const path = {
    package: proto.package ?? service,
    service: proto.service ?? `${lower.charAt(0).toUpperCase()}${lower.slice(1)}Service`,
    method: proto.name ?? name,
    file: proto.file,
  }
  const packages = path.package === '' ? [] : path.package.split('.')
  for (const part of [...packages, path.service, path.method]) checkName(part, `${service}.${name}`)
  return path
}

/** Throws, naming `at`, for what can be no name in a .proto. */
export function checkName(name: string, at: string): void {
  if (identifierPattern.test(name)) return
  throw new TypeError(
    `${at}: ${JSON.stringify(name)} is no name in protobuf; use letters, digits and "_", and dots between the parts of a package`,
  )
}

/** A name inside of a package or a message; a package may have no name itself. */
export function joinName(outer: string, name: string): string {
  return outer === '' ? name : `${outer}.${name}`
}

/** A property's name as a field's: what protobuf does not allow becomes `_`. */
export function fieldName(key: string): string {
  const name = key.replaceAll(/[^A-Za-z0-9_]/g, '_')
  return identifierPattern.test(name) ? name : `_${name}`
}

/** The name of a message or an enum: `get_user` → `GetUser`. */
export function typeName(text: string): string {
  const parts = text.split(/[^A-Za-z0-9]+/).filter((part) => part !== '')
  const name = parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')
  return /^[A-Za-z]/.test(name) ? name : `T${name}`
}

/** The name of an enum's value: `inProgress` → `IN_PROGRESS`. */
export function constantName(text: string): string {
  const spaced = text.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2')
  return (
    spaced
      .replaceAll(/[^A-Za-z0-9]+/g, '_')
      .replaceAll(/^_+|_+$/g, '')
      .toUpperCase() || 'EMPTY'
  )
}

/** The name that protobuf's JSON has for a field unless told otherwise: `user_id` → `userId`. */
export function jsonName(name: string): string {
  return name.replaceAll(/_+([^_]?)/g, (_, char: string) => char.toUpperCase())
}

/** The name that protobuf gives to the entries of a map field: `by_name` → `ByNameEntry`. */
export function entryName(name: string): string {
  const camel = name.replaceAll(/_+([^_]?)/g, (_, char: string) => char.toUpperCase())
  return `${camel.charAt(0).toUpperCase()}${camel.slice(1)}Entry`
}
