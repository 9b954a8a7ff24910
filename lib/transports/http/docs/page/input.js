/**
 * Reads what people write as messages: one JSON value, an array of several, or one a line. Throws an Error that says
 * which line is no JSON.
 * @param {string} text
 * @returns {unknown[]}
 */
export function readMessages(text) {
  if (text.trim() === '') return []
  try {
    const value = JSON.parse(text)
    return Array.isArray(value) ? value : [value]
  } catch (error) {
    const lines = text.split('\n').map((line, i) => ({ line: line.trim(), number: i + 1 }))
    const filled = lines.filter(({ line }) => line !== '')
    if (filled.length === 1) throw notJson('The message', error)
    return filled.map(({ line, number }) => {
      try {
        return JSON.parse(line)
      } catch (cause) {
        throw notJson(`Line ${number}`, cause)
      }
    })
  }
}

/**
 * Reads what people write as metadata: `key: value`, one a line. Throws an Error that says which line is none.
 * @param {string} text
 * @returns {Record<string, string>}
 */
export function readMetadata(text) {
  const pairs = text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    const [, key, value] = /^\s*([\w.-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? []
    if (key === undefined || value === undefined)
      throw new Error(`Metadata, line ${i + 1}: write it as "key: value".`)
    return [[key.toLowerCase(), value]]
  })
  return Object.fromEntries(pairs)
}

/**
 * @param {string} where
 * @param {unknown} cause
 */
function notJson(where, cause) {
  return new Error(`${where} is no JSON: ${cause instanceof Error ? cause.message : 'it cannot be read'}`, {
    cause,
  })
}
