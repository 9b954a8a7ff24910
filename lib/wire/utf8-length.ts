import { byteLength } from './item.ts'

/** How many bytes a text has as UTF-8. Node counts natively; browsers have no way that makes no copy. */
export const utf8Length: (text: string) => number =
  typeof Buffer === 'undefined' ? byteLength : (text) => Buffer.byteLength(text)
