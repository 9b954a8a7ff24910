interface NodeBuffer {
  from(data: string, encoding: string): Uint8Array
  from(data: ArrayBufferLike, offset: number, length: number): { toString(encoding: string): string }
}

// Read by name and not imported: core runs in browsers, where there is no Buffer.
const buffer = (globalThis as { Buffer?: NodeBuffer }).Buffer

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  return buffer
    ? buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
    : btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

/** Bytes of a base64 text, with or without padding; throws on any other character. */
export function fromBase64(text: string): Uint8Array {
  if (!isBase64(text)) throw new TypeError('not base64')
  // Copied: a small Buffer is a view of a pool that it shares with others.
  return new Uint8Array(buffer?.from(text, 'base64') ?? Array.from(atob(text), (char) => char.charCodeAt(0)))
}

const pattern = /^[a-z0-9+/]*={0,2}$/i

/** Whether a text is base64; padding may be left out, as gRPC's `-bin` headers do. */
export function isBase64(text: string): boolean {
  const rest = text.length % 4
  return pattern.test(text) && (text.endsWith('=') ? rest === 0 : rest !== 1)
}
