import { componentName, pascalCase } from '../json-schema/names.ts'

const keywords = new Set(
  `False None True and as assert async await break class continue def del elif else except finally for from global if
import in is lambda nonlocal not or pass raise return try while with yield`.split(/\s+/),
)

// What the generated modules call their own where fields, parameters and functions stand.
const ours = new Set(
  'self call message from_json to_json additional_properties _b _c _dc _dt _fields _others _s _v'.split(' '),
)

/** Modules of the package that no service may be called as. */
const modules = new Set(['types', '_codecs', '_connection', '_exchange', '_streams', '_values', '__init__'])

/** Types of Python that a field or a function may be called as, and then are no types to those beside it. */
const builtins = new Set(['bool', 'bytes', 'dict', 'float', 'int', 'list', 'str', 'tuple'])

/** A name as Python writes those of functions and fields: `getUser` → `get_user`, `class` → `class_`. */
export function pythonName(name: string): string {
  const words = name
    .replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .replaceAll(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1_$2')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .toLowerCase()
  const safe = /^[\p{L}_]/u.test(words) ? words : `_${words}`
  return keywords.has(safe) || ours.has(safe) ? `${safe}_` : safe
}

/** The module of a service. */
export function moduleName(service: string): string {
  const name = pythonName(service)
  return modules.has(name) ? `${name}_` : name
}

/** A schema's name as that of a class. */
export function className(id: string): string {
  const name = pascalCase(componentName(id))
  return /^[A-Z]/.test(name) ? name : `Schema${name}`
}

/** Throws where two of these have one name in Python. */
export function refuseClashes(
  names: readonly string[],
  change: (name: string) => string,
  what: (first: string, second: string) => string,
): void {
  const known = new Map<string, string>()
  for (const name of names) {
    const changed = change(name)
    const other = known.get(changed)
    if (other !== undefined)
      throw new TypeError(`${what(other, name)} are both ${changed} in Python; rename one of them`)
    known.set(changed, name)
  }
}

/** A type beside names that hide some of Python's own. */
export function typeBeside(type: string, names: ReadonlySet<string>): string {
  return type.replaceAll(/"(?:[^"\\]|\\.)*"|\b[a-z]+\b/g, (word) =>
    builtins.has(word) && names.has(word) ? `_b.${word}` : word,
  )
}

/** Names of classes, none given twice. */
export function createClassNames(): (...wanted: readonly string[]) => string {
  const taken = new Set(
    `Any BidiStream Call ClientStream Connection False Literal None RpcError True TypeAlias UNSET Unset AsyncGenerator`.split(
      ' ',
    ),
  )
  return (...wanted) => {
    let name = wanted.find((one) => !taken.has(one))
    for (let i = 2; name === undefined; i++) name = [`${wanted.at(-1)}${i}`].find((one) => !taken.has(one))
    taken.add(name)
    return name
  }
}
