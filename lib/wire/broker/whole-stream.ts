import { tooLargeError } from '../too-large.ts'
import { utf8Length } from '../utf8-length.ts'

/** A stream as one array. Throws RESOURCE_EXHAUSTED, and leaves the stream, where it is larger than a message may be. */
export async function wholeStream(
  items: AsyncIterable<unknown> | Iterable<unknown>,
  textOf: (item: unknown) => string,
  maxBytes: number,
): Promise<string> {
  const texts: string[] = []
  let bytes = 2
  for await (const item of items) {
    const text = textOf(item)
    bytes += utf8Length(text) + 1
    if (bytes > maxBytes) throw tooLargeError(maxBytes)
    texts.push(text)
  }
  return `[${texts.join(',')}]`
}
