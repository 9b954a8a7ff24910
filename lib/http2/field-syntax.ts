// A token of RFC 9110 §5.6.2, without upper-case letters (RFC 9113 §8.2.1).
const tokenCharacters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
const inToken = new Uint8Array(256)
for (const character of tokenCharacters) inToken[character.charCodeAt(0)] = 1

/** Whether a name may stand in a header list, pseudo-headers aside. */
export function isFieldName(name: string): boolean {
  if (name.length === 0) return false
  for (let i = 0; i < name.length; i++) if (inToken[name.charCodeAt(i)] !== 1) return false
  return true
}

/** Whether a value has no NUL, CR or LF (but with `lineBreaks`), no space around it, and nothing that is no octet (RFC 9113 §8.2.1). */
export function isFieldValue(value: string, lineBreaks = false): boolean {
  const { length } = value
  if (length === 0) return true
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i)
    if (code > 0xff || code === 0 || (!lineBreaks && (code === 10 || code === 13))) return false
  }
  return !isSpace(value.charCodeAt(0)) && !isSpace(value.charCodeAt(length - 1))
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9
}

/** Fields of HTTP/1.1 connections, which make a message malformed (RFC 9113 §8.2.2). */
const connectionSpecific: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

/** Whether a field has no place in HTTP/2. */
export function isForbidden(name: string, value: string): boolean {
  return connectionSpecific.has(name) || (name === 'te' && value.toLowerCase() !== 'trailers')
}
