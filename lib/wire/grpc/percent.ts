/** Writes `grpc-message`: UTF-8, and percent-encoded what is no printable ASCII. */
export function encodeGrpcMessage(text: string): string {
  if (/^[\x20-\x24\x26-\x7e]*$/.test(text) && text === text.trim()) return text
  let encoded = ''
  for (const octet of Buffer.from(text)) {
    // A space at either end would be taken for white space around the value.
    const isPlain = octet > 0x20 && octet < 0x7f && octet !== 0x25
    encoded += isPlain ? String.fromCharCode(octet) : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

/** Reads it leniently: what is no escape stays as it is, and raw UTF-8, which arrives as Latin-1, is understood. */
export function decodeGrpcMessage(value: string): string {
  if (/^[\x20-\x24\x26-\x7e]*$/.test(value)) return value
  const octets: number[] = []
  for (let i = 0; i < value.length; i++) {
    const hex = value[i] === '%' ? /^[0-9a-f]{2}/i.exec(value.slice(i + 1, i + 3)) : null
    octets.push(hex ? Number.parseInt(hex[0], 16) : value.charCodeAt(i) & 0xff)
    if (hex) i += 2
  }
  return Buffer.from(octets).toString()
}
