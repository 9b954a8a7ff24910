/**
 * A header block that RFC 7541 does not allow: the connection ends with COMPRESSION_ERROR, because the tables of both
 * sides may differ from here on.
 */
export class HpackError extends Error {
  override name = 'HpackError'
}
