/** Ids of 32 hex digits: what nobody else has, and a count. */
export function createCallIds(): () => string {
  const prefix = crypto.randomUUID().replaceAll('-', '').slice(0, 24)
  let count = 0
  return () => prefix + (count++ % 0x1_00_00_00_00).toString(16).padStart(8, '0')
}
