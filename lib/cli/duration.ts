/** What a timer of Node holds, in ms: some 24 days. */
const longestMs = 2 ** 31 - 1

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Reads a span of time, as `500ms`, `1.5s`, `2m` or `1h`, in ms. Throws a TypeError for anything else, and for none at all. */
export function parseDuration(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(text) ?? []
  const ms = Number(number) * (Object.hasOwn(units, unit) ? units[unit]! : 0)
  if (ms > 0) return ms
  throw new TypeError('write a number and its unit, as in 500ms, 5s or 2m.')
}

/** Reads how long something may wait, in ms: as {@link parseDuration} does, or `0` for not at all. Throws a TypeError beyond 24 days. */
export function parseWait(text: string): number {
  const ms = /^0(ms|s)?$/.test(text) ? 0 : parseDuration(text)
  if (ms > longestMs) throw new TypeError('it is at most 24 days, as 576h.')
  return ms
}
