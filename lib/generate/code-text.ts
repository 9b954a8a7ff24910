// TypeScript that is written, not read: values and calls, laid out as a formatter would.

/** A piece of code: text that stays as it is, or something in brackets that may go over several lines. */
export type Code = string | Bracketed | { readonly parameter: string; readonly body: Code }

/** Items in brackets, behind what they belong to. */
export interface Bracketed {
  readonly head: string
  readonly brackets: '()' | '{}' | '[]'
  readonly items: readonly { readonly key?: string; readonly value: Code }[]
}

const width = 110

/** A call: `Type.Array(…)`. What is undefined is left out. */
export function call(head: string, ...args: readonly (Code | undefined)[]): Code {
  const items = args.filter((arg) => arg !== undefined).map((value) => ({ value }))
  return { head, brackets: '()', items }
}

/** An object; what is undefined is left out, and an object of nothing is undefined. */
export function options(entries: Readonly<Record<string, Code | undefined>>): Bracketed | undefined {
  const code = object(entries)
  return code.items.length === 0 ? undefined : code
}

/** An object; what is undefined is left out. */
export function object(entries: Readonly<Record<string, Code | undefined>>): Bracketed {
  const items = Object.entries(entries).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key: keyText(key), value }],
  )
  return { head: '', brackets: '{}', items }
}

/** A list. */
export function list(values: readonly Code[]): Code {
  return { head: '', brackets: '[]', items: values.map((value) => ({ value })) }
}

/** A function of one parameter. */
export function arrow(parameter: string, body: Code): Code {
  return { parameter, body }
}

/** A string as TypeScript has it. */
export function quoted(text: string): string {
  const json = JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  if (text.includes("'")) return json
  return `'${json.slice(1, -1).replaceAll('\\"', '"')}'`
}

/** A comment for whoever reads the code. */
export function commentLines(text: string): readonly string[] {
  const safe = text.replaceAll('*/', '*\\/').split(/\r\n|[\n\r\u2028\u2029]/)
  if (safe.length === 1) return [`/** ${safe[0]!.trim()} */`]
  return ['/**', ...safe.map((line) => ` * ${line}`.trimEnd()), ' */']
}

/** Lays a piece of code out, `before` it on its first line and `after` it on its last. */
export function layOut(before: string, code: Code, { indent = '', after = '' } = {}): string {
  const whole = flat(code)
  if (typeof code === 'string') return `${before}${whole}${after}`
  const isShort = indent.length + before.length + whole.length + after.length <= width
  if (isShort && !whole.includes('\n')) return `${before}${whole}${after}`
  const inner = `${indent}  `
  if ('body' in code)
    return `${before}(${code.parameter}) =>\n${inner}${layOut('', code.body, { indent: inner, after })}`
  const [open, close] = code.brackets
  const [only] = code.items
  if (!only) return `${before}${whole}${after}`
  // One argument in brackets of its own shares its lines with those around it.
  if (code.brackets === '()' && code.items.length === 1 && typeof only.value === 'object')
    return layOut(`${before}${code.head}(`, only.value, { indent, after: `)${after}` })
  const hugged = lastShared(code, `${before}${code.head}`, indent)
  if (hugged) return layOut(hugged.before, hugged.last, { indent, after: `)${after}` })
  const lines = code.items.map(
    ({ key, value }) =>
      `${inner}${layOut(key === undefined ? '' : `${key}: `, value, { indent: inner, after: ',' })}`,
  )
  return `${before}${code.head}${open}\n${lines.join('\n')}\n${indent}${close}${after}`
}

/** What stands before the last argument, if that is an object that may begin on their line. */
function lastShared(
  { brackets, items }: Bracketed,
  before: string,
  indent: string,
): { before: string; last: Code } | undefined {
  const last = items.at(-1)?.value
  const others = items.slice(0, -1).map(({ value }) => value)
  if (brackets !== '()' || !isObject(last) || others.some(isObject)) return undefined
  const line = `${before}(${others.map((other) => `${flat(other)}, `).join('')}`
  return indent.length + line.length + 1 <= width ? { before: line, last } : undefined
}

function isObject(code: Code | undefined): code is Bracketed {
  return typeof code === 'object' && 'brackets' in code && code.brackets === '{}'
}

function flat(code: Code): string {
  if (typeof code === 'string') return code
  if ('body' in code) return `(${code.parameter}) => ${flat(code.body)}`
  const [open, close] = code.brackets
  const items = code.items.map(({ key, value }) => (key === undefined ? '' : `${key}: `) + flat(value))
  const space = code.brackets === '{}' && items.length > 0 ? ' ' : ''
  return `${code.head}${open}${space}${items.join(', ')}${space}${close}`
}

function keyText(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) && key !== '__proto__' ? key : quoted(key)
}
