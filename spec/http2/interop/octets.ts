const size = 8 * 1024 * 1024
let all: Buffer | undefined

/** Octets by which a piece in the wrong place shows: no two of their 64 KiB are alike. */
export function octets(count: number): Buffer {
  if (!all) {
    all = Buffer.allocUnsafe(size)
    for (let at = 0; at < size; at += 4) all.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at)
  }
  return all.subarray(0, count)
}

export const MiB = 1024 * 1024
