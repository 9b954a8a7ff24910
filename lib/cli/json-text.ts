/** Parses JSON that a person wrote. Throws a SyntaxError that says from where on it is none. */
export function parseJsonText(text: string): unknown {
  // Windows writes one before what it pipes.
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text
  try {
    return JSON.parse(json) as unknown
  } catch (cause) {
    throw new SyntaxError(`not JSON at ${placeOf(json, jsonFault(json))}`, { cause })
  }
}

function placeOf(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n')
  const character = `character ${lines.at(-1)!.length + 1}`
  const place = lines.length > 1 ? `line ${lines.length}, ${character}` : character
  const rest = text.slice(at, at + 20)
  return rest.trim() === '' ? `${place}, where it ends` : `${place}, where ${JSON.stringify(rest)} stands`
}

const space = /[ \t\r\n]*/y
const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// oxlint-disable-next-line no-control-regex -- no string of JSON may hold them
const special = /["\\\u0000-\u001F]/g
const escape = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y

/** What may come next. */
type Due = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or end'
const mayClose: readonly Due[] = ['value or ]', 'name or }', ', or end']

/**
 * Where a text that is no JSON stops being any: the index of the first part that does not belong there, the text's length
 * where it ends too early. JSON.parse says it of some mistakes alone.
 */
export function jsonFault(text: string): number {
  const open: ('}' | ']')[] = []
  let due: Due = 'value'
  for (let at = after(space, text, 0)!; ; at = after(space, text, at)!) {
    const char = text[at]
    const close = open.at(-1)
    if (char === undefined) return at
    if (char === close && mayClose.includes(due)) {
      open.pop()
      due = ', or end'
      at++
    } else if (due === ', or end') {
      if (char !== ',' || !close) return at
      due = close === '}' ? 'name' : 'value'
      at++
    } else if (due === ':') {
      if (char !== ':') return at
      due = 'value'
      at++
    } else if (char === '"') {
      const end = endOfString(text, at)
      if (end.fault) return end.at
      due = due.startsWith('name') ? ':' : ', or end'
      at = end.at
    } else if (due.startsWith('name')) return at
    else if (char === '{' || char === '[') {
      open.push(char === '{' ? '}' : ']')
      due = char === '{' ? 'name or }' : 'value or ]'
      at++
    } else {
      const end = after(literal, text, at)
      if (end === undefined) return at
      due = ', or end'
      at = end
    }
  }
}

function after(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}

/** Where a string ends that begins at `from`, or the mistake in it. */
function endOfString(text: string, from: number): { readonly at: number; readonly fault: boolean } {
  for (let at = from + 1; ;) {
    special.lastIndex = at
    const match = special.exec(text)
    if (!match) return { at: text.length, fault: true }
    if (match[0] === '"') return { at: match.index + 1, fault: false }
    const next = after(escape, text, match.index)
    if (next === undefined) return { at: match.index, fault: true }
    at = next
  }
}
