/** Whether all that is wanted is there, own or inherited: protobufjs keeps what a message leaves out in its prototype. */
export const holds = (got: unknown, wanted: unknown): boolean => {
  if (typeof wanted !== 'object' || wanted === null) return got === wanted
  if (typeof got !== 'object' || got === null) return false
  if (Array.isArray(wanted) && wanted.length !== (got as { length?: number }).length) return false
  return Object.entries(wanted).every(([key, value]) => holds((got as Record<string, unknown>)[key], value))
}
