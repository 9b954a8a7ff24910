import { toBase64 } from '../base64.ts'
import { isBytes, refOf, transformOf, type JsonSchema } from './json-schema.ts'
import { isDict, pick } from './pick.ts'
import { byKey, eachValue, withAnyKey } from './record.ts'
import { tagOf } from './tagged.ts'

/** Changes a value into what the schema says it should be, on a copy; `undefined` stands for "leaves it as it is". */
export type Step = (value: unknown) => unknown

/** What one walk over a value does. */
export interface WalkMode {
  /** Fill in defaults. */
  readonly fill?: boolean
  /** Leave out keys that the schema does not know; also gives every object a fresh copy. */
  readonly drop?: boolean
  /** Apply TypeBox transforms, or write bytes as base64 text. */
  readonly convert?: 'decode' | 'encode' | 'base64'
  /** Leave alone what a `$ref` stands for that is not there: a part of a recursive schema, before its whole is. */
  readonly partial?: boolean
  /** A test for one branch of an untagged union. */
  readonly accepts: (schema: JsonSchema) => (value: unknown) => boolean
}

/** Builds the walk for a schema once; what it returns runs per message. Throws where a default could not be applied. */
export function buildWalk(schema: JsonSchema, mode: WalkMode): Step | undefined {
  return new Walker(mode).step(schema, '')
}

// A class because the cases are mutually recursive over three pieces of shared state.
class Walker {
  private readonly mode: WalkMode
  private readonly named = new Map<string, { step: Step | undefined }>()

  constructor(mode: WalkMode) {
    this.mode = mode
  }

  step(schema: JsonSchema, path: string): Step | undefined {
    if (schema.$id === undefined) return this.converted(schema, path)
    const slot = this.slot(schema.$id)
    return (slot.step = this.converted(schema, path))
  }

  private slot(name: string): { step: Step | undefined } {
    const slot: { step: Step | undefined } = { step: undefined }
    this.named.set(name, slot)
    return slot
  }

  private converted(schema: JsonSchema, path: string): Step | undefined {
    const { convert } = this.mode
    const inner = this.shape(schema, path)
    if (convert === 'base64')
      return isBytes(schema) ? (value) => (value instanceof Uint8Array ? toBase64(value) : value) : inner
    const transform = convert && transformOf(schema)
    if (!transform) return inner
    if (convert === 'decode') return inner ? (value) => transform.Decode(inner(value)) : transform.Decode
    return inner ? (value) => inner(transform.Encode(value)) : transform.Encode
  }

  private shape(schema: JsonSchema, path: string): Step | undefined {
    const ref = refOf(schema)
    if (ref !== undefined) return this.reference(schema, ref, path)
    if (schema.anyOf) return this.union(schema.anyOf, path)
    if (schema.allOf) return this.intersection(schema.allOf, path)
    if (schema.type === 'array') return this.array(schema, path)
    if (schema.patternProperties) return this.record(schema, path)
    if (schema.properties) return this.object(schema, path)
    return undefined
  }

  private reference(schema: JsonSchema, ref: string, path: string): Step | undefined {
    const definitions = Object.entries(schema.$defs ?? {}).filter(([name]) => !this.named.has(name))
    // They may refer to each other, whatever their order: each has its place before one is built.
    const slots = definitions.map(([name]) => this.slot(name))
    for (const [i, [, definition]] of definitions.entries()) slots[i]!.step = this.converted(definition, path)
    const slot = this.named.get(ref)
    if (!slot && this.mode.partial) return undefined
    if (!slot)
      throw new TypeError(
        `${path || '/'}: $ref "${ref}" points at no schema; put the one with that $id around it`,
      )
    // The slot may be filled only once the walk around it is built: that is what recursion means here.
    return (value) => (slot.step ? slot.step(value) : value)
  }

  private object(schema: JsonSchema, path: string): Step | undefined {
    const properties = Object.entries(schema.properties ?? {})
    const steps = properties.map(([key, property]) => this.step(property, `${path}/${key}`))
    const filled = this.mode.fill ? fillDefaults(properties) : undefined
    const keepsOthers = schema.additionalProperties !== undefined && schema.additionalProperties !== false
    if (this.mode.drop && !keepsOthers)
      return pick(
        properties.map(([key]) => key),
        steps,
      )
    const changed = change(
      properties.map(([key]) => key),
      steps,
    )
    const copied =
      this.mode.drop && !changed ? (value: unknown) => (isDict(value) ? { ...value } : value) : changed
    return chain(copied, filled)
  }

  private record(schema: JsonSchema, path: string): Step | undefined {
    const entries = (of: Readonly<Record<string, JsonSchema>>, name?: string): [string, Step | undefined][] =>
      Object.entries(of).map(([key, value]) => [key, this.step(value, `${path}/${name ?? key}`)])
    const named = entries(schema.properties ?? {})
    const patterns = entries(withAnyKey(schema.patternProperties ?? {}), '*')
    if (!this.mode.drop && [...named, ...patterns].every(([, step]) => !step)) return undefined
    return eachValue(byKey(new Map(named), patterns))
  }

  private array(schema: JsonSchema, path: string): Step | undefined {
    const { items } = schema
    if (Array.isArray(items)) {
      const steps = items.map((item, i) => this.step(item, `${path}/${i}`))
      if (steps.every((step) => !step)) return undefined
      return (value) =>
        Array.isArray(value) ? value.map((item, i) => (steps[i] ? steps[i](item) : item)) : value
    }
    const step = items && this.step(items as JsonSchema, `${path}/*`)
    if (!step) return this.mode.drop ? (value) => (Array.isArray(value) ? value.slice() : value) : undefined
    return (value) => (Array.isArray(value) ? value.map((item) => step(item)) : value)
  }

  private intersection(parts: readonly JsonSchema[], path: string): Step | undefined {
    const steps = parts.map((part) => this.step(part, path))
    if (!this.mode.drop) return steps.reduce(chain, undefined)
    // Each part keeps the keys that it knows; together they are the union of the keys.
    return (value) =>
      isDict(value) ? Object.assign({}, ...steps.map((step) => (step ? step(value) : value))) : value
  }

  private union(branches: readonly JsonSchema[], path: string): Step | undefined {
    const steps = branches.map((branch) => this.step(branch, path))
    if (steps.every((step) => !step)) return undefined
    const tag = tagOf(branches)
    if (tag) {
      const byTag = new Map(tag.values.map((value, i) => [value, steps[i]]))
      return (value) => (isDict(value) ? (byTag.get(value[tag.key]) ?? same)(value) : value)
    }
    if (this.mode.fill && branches.some(holdsDefault)) {
      throw new TypeError(
        `${path || '/'}: a default inside an untagged union cannot be applied; give every branch one property with a Type.Literal of its own`,
      )
    }
    return this.firstAccepting(branches, steps)
  }

  private firstAccepting(branches: readonly JsonSchema[], steps: readonly (Step | undefined)[]): Step {
    const tests = branches.map((branch) => this.mode.accepts(branch))
    if (this.mode.convert !== 'encode') {
      return (value) => {
        const i = tests.findIndex((test) => test(value))
        return i < 0 ? value : (steps[i] ?? same)(value)
      }
    }
    // What is to be encoded fits its branch only afterwards.
    return (value) => {
      for (const [i, test] of tests.entries()) {
        const encoded = attempt(steps[i] ?? same, value)
        if (encoded.ok && test(encoded.value)) return encoded.value
      }
      return value
    }
  }
}

const same: Step = (value) => value

function chain(first: Step | undefined, second: Step | undefined): Step | undefined {
  return first && second ? (value) => second(first(value)) : (first ?? second)
}

function attempt(step: Step, value: unknown): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: step(value) }
  } catch {
    return { ok: false }
  }
}

function change(keys: readonly string[], steps: readonly (Step | undefined)[]): Step | undefined {
  if (steps.every((step) => !step)) return undefined
  return (value) => {
    if (!isDict(value)) return value
    let out = value
    for (const [i, step] of steps.entries()) {
      const key = keys[i]!
      if (!step || value[key] === undefined) continue
      const after = step(value[key])
      if (after !== value[key]) {
        if (out === value) out = { ...value }
        out[key] = after
      }
    }
    return out
  }
}

function fillDefaults(properties: readonly (readonly [string, JsonSchema])[]): Step | undefined {
  const defaults = properties.filter(([, property]) => property.default !== undefined)
  if (defaults.length === 0) return undefined
  return (value) => {
    if (!isDict(value)) return value
    let out = value
    for (const [key, property] of defaults) {
      if (value[key] !== undefined) continue
      if (out === value) out = { ...value }
      out[key] = typeof property.default === 'object' ? structuredClone(property.default) : property.default
    }
    return out
  }
}

function holdsDefault(schema: JsonSchema): boolean {
  const inner = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.anyOf ?? []),
    ...(schema.allOf ?? []),
    ...(Array.isArray(schema.items) ? schema.items : schema.items ? [schema.items] : []),
  ]
  return inner.some((one) => one.default !== undefined || holdsDefault(one))
}
