/** A value of JSON as Python writes it. */
export function pythonValue(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return pythonString(value)
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).map(([key, one]) => `${pythonString(key)}: ${pythonValue(one)}`)
  return `{${entries.join(', ')}}`
}

/** A string: what JSON escapes, Python reads alike. */
export function pythonString(text: string): string {
  return JSON.stringify(text).replaceAll('\u007F', '\\x7f')
}

/** A docstring's lines; none where nothing is said. */
export function docstring(text: string | undefined, indent = ''): readonly string[] {
  if (text === undefined || text.trim() === '') return []
  const safe = text
    .trim()
    .replaceAll('\\', '\\\\')
    .replaceAll('"""', '\\"\\"\\"')
    .replace(/"$/, '\\"')
    .split(/\r\n|[\n\r]/)
    // oxlint-disable-next-line no-control-regex -- a NUL ends the file for Python, and others mislead a reader
    .map((line) => line.replaceAll(/[\u0000-\u0008\u000B-\u001F]/g, ' '))
  const lines = safe.map((line, i) =>
    i === 0 || line.trim() === '' ? line.trim() : `${indent}${line.trimEnd()}`,
  )
  if (lines.length === 1) return [`${indent}"""${lines[0]}"""`]
  return [`${indent}"""${lines[0]}`, ...lines.slice(1), `${indent}"""`]
}

/** A list of names that a module exports. */
export function exported(names: readonly string[]): string {
  return ['__all__ = [', ...names.map((name) => `    ${pythonString(name)},`), ']'].join('\n')
}
