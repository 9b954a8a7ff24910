import { isFieldName, isFieldValue, isForbidden } from './field-syntax.ts'
import { HeaderBlock, type BlockKind } from './header-block.ts'

const colon = 58
const requestPseudo: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path'])

/** Says what makes a message malformed (RFC 9113 §8.1.1); its stream ends with PROTOCOL_ERROR. */
export interface Malformed {
  readonly malformed: string
}

/** Checks a decoded list by RFC 9113 §8.2 and §8.3, once for all streams that send the same octets. */
export function checkBlock(
  fields: readonly string[],
  neverIndexed: readonly string[] | undefined,
  lineBreaks = false,
): HeaderBlock | Malformed {
  const pseudo: Record<string, string> = {}
  let contentLength = -1
  let count = 0
  let regular = false
  let host: string | undefined
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!
    const value = fields[i + 1]!
    if (!isFieldValue(value, lineBreaks))
      return { malformed: `the value of ${name} has a character that it may not have` }
    if (name.charCodeAt(0) === colon) {
      if (regular) return { malformed: `${name} stands behind a regular field` }
      if (pseudo[name] !== undefined) return { malformed: `${name} stands there twice` }
      pseudo[name] = value
      count++
      continue
    }
    regular = true
    if (!isFieldName(name)) return { malformed: `${JSON.stringify(name)} is no name of a field` }
    if (isForbidden(name, value)) return { malformed: `${name} has no place in HTTP/2` }
    if (name === 'host') {
      if (host !== undefined && host !== value) return { malformed: 'two hosts that differ' }
      host = value
    }
    if (name === 'content-length') {
      const length = /^\d{1,15}$/.test(value) ? Number(value) : -1
      if (length < 0 || (contentLength >= 0 && contentLength !== length))
        return { malformed: `content-length ${JSON.stringify(value)} is no length` }
      contentLength = length
    }
  }
  const kind = count === 0 ? 'trailers' : kindOf(pseudo, count, host)
  if (typeof kind !== 'string') return kind
  return new HeaderBlock({
    fields,
    kind,
    method: pseudo[':method'],
    scheme: pseudo[':scheme'],
    authority: pseudo[':authority'] ?? (kind === 'request' ? host : undefined),
    path: pseudo[':path'],
    status: kind === 'response' || kind === 'interim' ? Number(pseudo[':status']) : 0,
    contentLength,
    neverIndexed,
  })
}

function kindOf(
  pseudo: Readonly<Record<string, string>>,
  count: number,
  host: string | undefined,
): BlockKind | Malformed {
  const status = pseudo[':status']
  if (status !== undefined) {
    if (count > 1) return { malformed: ':status stands beside a pseudo-header of a request' }
    if (!/^[1-9]\d\d$/.test(status)) return { malformed: `:status ${JSON.stringify(status)} is none` }
    // An upgrade has no meaning in HTTP/2, RFC 9113 §8.6.
    if (status === '101') return { malformed: ':status 101' }
    return status.charCodeAt(0) === 49 ? 'interim' : 'response'
  }
  for (const name in pseudo) if (!requestPseudo.has(name)) return { malformed: `${name} is no pseudo-header` }
  return requestProblem(pseudo, host) ?? 'request'
}

/** RFC 9113 §8.3.1, and §8.5 for CONNECT. */
function requestProblem(
  pseudo: Readonly<Record<string, string>>,
  host: string | undefined,
): Malformed | undefined {
  const { ':method': method, ':scheme': scheme, ':path': path, ':authority': authority } = pseudo
  if (method === undefined || !/^[\w!#$%&'*+.^`|~-]+$/.test(method))
    return { malformed: ':method is missing or is none' }
  if (method === 'CONNECT') {
    if (scheme !== undefined || path !== undefined)
      return { malformed: 'CONNECT takes no :scheme and no :path' }
    return authority ? undefined : { malformed: 'CONNECT needs an :authority' }
  }
  if (!scheme || !/^[a-z][a-z\d+.-]*$/i.test(scheme)) return { malformed: ':scheme is missing or is none' }
  if (!path || !/^[\x21-\x7e\x80-\xff]+$/.test(path)) return { malformed: ':path is missing or is none' }
  const isHttp = scheme === 'http' || scheme === 'https'
  if (isHttp && path.charCodeAt(0) !== 47 && !(path === '*' && method === 'OPTIONS'))
    return { malformed: `:path ${JSON.stringify(path)} does not begin with a slash` }
  // No user either (RFC 9113 §8.3.1); the characters of a host and a port are those of RFC 3986.
  if (authority !== undefined && !/^[\w.~!$&'()*+,;=:[\]%-]*$/.test(authority))
    return { malformed: `:authority ${JSON.stringify(authority)} is none` }
  if (isHttp && authority === '') return { malformed: ':authority is empty' }
  if (authority !== undefined && host !== undefined && authority !== host)
    return { malformed: 'host and :authority differ' }
  return undefined
}
