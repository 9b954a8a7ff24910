/** Names of a module, none of them given twice. */
export interface ModuleNames {
  /** The first of these that is free, or the last with a number behind it. */
  take(...wanted: readonly string[]): string
}

// What a module may not call its own, and what the generated one imports or uses itself.
const reserved = `
any arguments async await bigint boolean break case catch class const continue debugger default delete do else enum eval
export extends false finally for from function if implements import in infer instanceof interface is keyof let namespace
never new null number object of package private protected public return static string super switch symbol this throw
true try type typeof undefined unique unknown var void while with yield
Client ClientOptions Date Empty Given Infinity NaN RpcError Taken Transport Type Uint8Array
createClient defineService field isRpcError rpc t`

/** No names given yet, but for what is not to be had. */
export function createNames(): ModuleNames {
  const taken = new Set(reserved.trim().split(/\s+/))
  const isFree = (name: string): boolean => !taken.has(name)
  return {
    take(...wanted) {
      const last = wanted.at(-1)!
      let name = wanted.find(isFree)
      for (let i = 2; name === undefined; i++) name = [`${last}${i}`].find(isFree)
      taken.add(name)
      return name
    },
  }
}

/** A text as an identifier. */
export function identifier(text: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9_$]+/g, '_').replace(/_+$/, '')
  return /^[A-Za-z_$]/.test(name) ? name : `_${name}`
}

/** A client's name as it stands within others: `web-shop` → `WebShop`. */
export function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** A client's name as the first part of others. */
export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
