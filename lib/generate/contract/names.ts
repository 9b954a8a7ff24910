import { rawEnumsOf, rawMessagesOf } from '../proto-source/raw-proto.ts'
import type { LinkedFile } from '../proto-source/link-proto.ts'

/** The names that what is exported has in TypeScript, by the full names of messages, enums and services. */
export type ContractNames = ReadonlyMap<string, string>

// What a module may not call its own, and what the generated one imports or uses itself.
const reserved = `
await break case catch class const continue debugger default delete do else enum export extends false finally for
function if implements import in instanceof interface let new null package private protected public return static
super switch this throw true try typeof undefined var void while with yield arguments eval NaN Infinity
Type defineService field rpc t Self`

/** Gives everything a name of its own: `Order.Item` is `OrderItem`, and `OrderService` `orderService`. */
export function contractNames(files: readonly LinkedFile[]): ContractNames {
  const taken = new Set(reserved.trim().split(/\s+/))
  const names = new Map<string, string>()
  const take = (fullName: string, packageName: string, change = (name: string) => name): void => {
    const parts = fullName.split('.')
    const outer = packageName === '' ? 0 : packageName.split('.').length
    // As many parts of the package before it as it takes, then numbers.
    for (let from = outer; ; from--) {
      const own = from >= 0 ? parts.slice(from) : [...parts, String(-from + 1)]
      const name = change(joined(own))
      if (taken.has(name)) continue
      taken.add(name)
      names.set(fullName, name)
      return
    }
  }
  for (const file of files) {
    for (const { fullName } of rawMessagesOf(file)) take(fullName, file.package)
    for (const { fullName } of rawEnumsOf(file)) take(fullName, file.package)
  }
  for (const file of files) {
    for (const { fullName } of file.services) take(fullName, file.package, lowerFirst)
  }
  return names
}

function joined(parts: readonly string[]): string {
  return parts.map((part) => (parts.length > 1 ? upperFirst(part) : part)).join('')
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
