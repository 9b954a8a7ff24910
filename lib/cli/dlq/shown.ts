// What a terminal acts upon, what turns the order of the letters round or breaks a line unseen, and halves of characters.
const unseen =
  // oxlint-disable-next-line no-control-regex -- they are what it is about
  /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

/** Text from a broker as it may stand in a line of a terminal: what is not seen stands there as JSON's escapes. */
export function shown(text: string): string {
  return text.replaceAll(unseen, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The same, cut behind so many characters, with a mark that says how many there are. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return shown(text)
  return `${shown(text.slice(0, most))}… (${count(text.length)} characters; --json writes them all)`
}

/** A number for people: `1,200`. */
export function count(number: number): string {
  return number.toLocaleString('en')
}

/** A time for people, to the second, in UTC; `-` for none. */
export function time(ms: number | undefined): string {
  return ms === undefined ? '-' : `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`
}
