/**
 * Finds what a name of a type means where it stands, as protoc does: the innermost scope that has its first part decides,
 * whether it has the rest or not.
 */
export function findName(
  name: string,
  scope: string,
  known: { has(fullName: string): boolean },
): string | undefined {
  if (name.startsWith('.')) return known.has(name.slice(1)) ? name.slice(1) : undefined
  const [first = ''] = name.split('.', 1)
  for (let within = scope; ; within = within.slice(0, Math.max(0, within.lastIndexOf('.')))) {
    const prefix = within === '' ? '' : `${within}.`
    if (known.has(prefix + first)) return prefix + name
    if (within === '') return undefined
  }
}

/** A package's name and those of the packages around it. */
export function packagesOf(name: string): readonly string[] {
  const parts = name === '' ? [] : name.split('.')
  return parts.map((_, i) => parts.slice(0, i + 1).join('.'))
}
