import type { MethodKind } from '../../core/kind.ts'

/** Paragraphs, without those that are not there. */
export function paragraphs(...texts: readonly (string | undefined)[]): string | undefined {
  const all = texts.filter((text) => text !== undefined && text !== '')
  return all.length === 0 ? undefined : all.join('\n\n')
}

/** What a document says of all its methods, where nobody has said more. */
export const aboutHttp = `Methods are called with \`POST /{service}/{method}\`, the message as JSON, and answer with JSON.

Streams are one JSON value a line (\`application/x-ndjson\`), or on their way in a JSON array too. \
Metadata travels as headers named \`X-MicroAPI-…\`, both ways, and that of an answer's end as \`X-MicroAPI-Trailer-…\`.`

/** What has to be known of a method of a kind. */
export const aboutKind: Readonly<Partial<Record<MethodKind, string>>> = {
  event: 'An event: it is answered when it was handled.',
}

/** What is said of streams. */
export const aboutStreams = {
  input: 'A stream of messages: a JSON array, or one message a line. They are read as they come.',
  output: `A stream of messages, one a line, as they come; the schema is that of a line. \
A stream that fails behind its first line ends without its last chunk. \
Whoever accepts \`application/x-ndjson; envelope=1\` is told instead: lines that hold an array are about the stream, and the last of them says how it ended.`,
} as const
