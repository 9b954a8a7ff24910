/** The symbol that ends the code's tree; it stands in no string. */
export const endOfString = 256

/** The longest code, in bits. */
export const longestCode = 30

// How many bits each octet's code has, sixteen octets a line; the last is the end of string.
const table = `
  13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28
  28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28
   6 10 10 12 13  6  8 11 10 10  8 11  8  6  6  6
   5  5  5  6  6  6  6  6  6  6  7  8 15  6 12 10
  13  6  7  7  7  7  7  7  7  7  7  7  7  7  7  7
   7  7  7  7  7  7  7  7  8  7  8 13 19 13 14  6
  15  5  6  5  6  5  6  6  6  5  7  7  6  6  6  5
   6  7  6  5  5  6  7  7  7  7  7 15 11 14 13 28
  20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23
  24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24
  22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23
  21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23
  26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25
  19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27
  20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23
  26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26
  30`

/** How many bits the code of each symbol has. */
export const codeLengths: Uint8Array = Uint8Array.from(table.trim().split(/\s+/), Number)

/** The code of each symbol, in its low bits. */
export const codes: Uint32Array = new Uint32Array(codeLengths.length)

/** How many codes there are of each length. */
export const countOfLength: Uint16Array = new Uint16Array(longestCode + 1)

/** The first code of each length. */
export const firstOfLength: Uint32Array = new Uint32Array(longestCode + 1)

/** All symbols, by the length of their codes, then by value: the order of the codes. */
export const symbolsByCode: Uint16Array = Uint16Array.from(codeLengths.keys()).toSorted(
  (a, b) => codeLengths[a]! - codeLengths[b]! || a - b,
)

// The code is canonical: a code is the one before it plus one, with zeros behind it when it is longer. So the lengths
// say it all.
let code = 0
let length = 0
for (const symbol of symbolsByCode) {
  const longer = codeLengths[symbol]! - length
  code <<= longer
  length += longer
  if (longer > 0) firstOfLength[length] = code
  countOfLength[length]!++
  codes[symbol] = code++
}
