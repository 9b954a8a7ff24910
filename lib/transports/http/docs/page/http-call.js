/**
 * What a call is made of, and who hears of it.
 * @typedef {object} TriedCall
 * @property {string} url where the methods are, or the socket is
 * @property {import('./methods.js').StreamingMethod} method
 * @property {unknown[]} messages
 * @property {Record<string, string>} metadata
 * @property {AbortSignal} signal ends it
 * @property {(item: unknown) => void} hear takes an answer
 */

/**
 * How a call ended.
 * @typedef {object} Outcome
 * @property {{ readonly code?: string, readonly error?: string } | undefined} [error] as the server told it
 * @property {Record<string, string>} [header]
 * @property {Record<string, string>} [trailer]
 */

const headerPrefix = 'x-microapi-'
const trailerPrefix = 'x-microapi-trailer-'

/**
 * Makes a call over HTTP. Messages go whole: pages cannot send a stream as it comes. Rejects where the connection is
 * lost, or the signal says so.
 * @param {TriedCall} call
 * @returns {Promise<Outcome>}
 */
export async function callHttp({ url, method, messages, metadata, signal, hear }) {
  const { service, name, takes, gives } = method
  const response = await fetch(`${url}${encodeURIComponent(service)}/${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: {
      ...Object.fromEntries(Object.entries(metadata).map(([key, value]) => [headerPrefix + key, value])),
      'content-type': takes ? 'application/x-ndjson' : 'application/json',
      accept: gives ? 'application/x-ndjson; envelope=1' : 'application/json',
    },
    body: takes
      ? messages.map((message) => `${JSON.stringify(message)}\n`).join('')
      : JSON.stringify(messages[0] ?? {}),
    signal,
  })
  const told = metadataOf(response.headers)
  if (!response.ok) return { ...told, error: failureOf(response.status, await response.text()) }
  if (!gives) {
    hear(await response.json())
    return told
  }
  for await (const line of linesOf(response)) {
    const value = JSON.parse(line)
    // Messages are objects: a line that holds an array is about the stream.
    if (!Array.isArray(value)) hear(value)
    else if (value[0]?.type === 'stream_end') {
      const { type: _type, metadata: trailer = {}, ...failure } = value[0]
      return { ...told, trailer, error: failure.error === undefined ? undefined : failure }
    }
  }
  return { ...told, error: { code: 'UNAVAILABLE', error: 'the stream ended before its end was told' } }
}

/** @param {Response} response */
async function* linesOf(response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true }
    if (done) break
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield line
    // The page has to be drawn, and its buttons heard; meanwhile the server waits.
    await new Promise((resolve) => setTimeout(resolve, 16))
  }
  if (rest.trim() !== '') yield rest
}

/** @param {Headers} headers */
function metadataOf(headers) {
  /** @type {Record<string, string>} */
  const header = {}
  /** @type {Record<string, string>} */
  const trailer = {}
  for (const [key, value] of headers) {
    if (key.startsWith(trailerPrefix)) trailer[key.slice(trailerPrefix.length)] = value
    else if (key.startsWith(headerPrefix)) header[key.slice(headerPrefix.length)] = value
  }
  return { header, trailer }
}

/**
 * @param {number} status
 * @param {string} text
 */
function failureOf(status, text) {
  try {
    return JSON.parse(text)
  } catch {
    return { code: `HTTP ${status}`, error: text.slice(0, 1_000) }
  }
}
