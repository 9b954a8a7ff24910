/** How many bytes a text has as UTF-8. Node counts natively; browsers have no native way but to encode it. */
export const utf8Length: (text: string) => number =
  typeof Buffer === 'undefined'
    ? (text) => new TextEncoder().encode(text).length
    : (text) => Buffer.byteLength(text)
