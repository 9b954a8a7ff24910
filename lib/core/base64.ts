interface NodeBuffer {
  from(
    data: string | ArrayBufferLike,
    encodingOrOffset?: string | number,
    length?: number,
  ): Uint8Array & { toString(encoding: string): string }
}

// Read by name and not imported: core runs in browsers, where there is no Buffer.
const buffer = (globalThis as { Buffer?: NodeBuffer }).Buffer

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  if (buffer) return buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  let binary = ''
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(binary)
}

/** Bytes of a base64 text, with or without padding; throws on any other character. */
export function fromBase64(text: string): Uint8Array {
  if (!isBase64(text)) throw new TypeError('not base64')
  if (buffer) {
    const bytes = buffer.from(text, 'base64')
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}

const pattern = /^[A-Za-z0-9+/]*={0,2}$/

/** Whether a text is base64; padding may be left out, as gRPC's `-bin` headers do. */
export function isBase64(text: string): boolean {
  if (!pattern.test(text)) return false
  const data = text.endsWith('=') ? text.indexOf('=') : text.length
  return data % 4 !== 1 && (data === text.length || text.length % 4 === 0)
}
