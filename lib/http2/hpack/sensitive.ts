/**
 * The fields whose values are written as never-indexed literals unless the user says otherwise: whoever can make this
 * side send fields of his choice could guess a value in the table by the length of the block.
 * @see RFC 7541 §7.1.3
 */
export const sensitiveByDefault: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
])
