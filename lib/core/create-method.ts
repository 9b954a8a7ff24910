import type { Method } from './method.ts'
import { compileSchema, type CompiledSchema } from './schema/compile.ts'

/** A method as a value that nobody changes; its schemas are compiled when first needed. */
export function createMethod(parts: Omit<Method, 'compiled'>): Method {
  let compiled: { readonly input: CompiledSchema; readonly output: CompiledSchema } | undefined
  return Object.freeze({
    ...parts,
    get compiled() {
      return (compiled ??= { input: compileSchema(parts.input), output: compileSchema(parts.output) })
    },
  })
}
