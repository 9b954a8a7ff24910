/** An object of any keys. */
export type Dict = Record<string, unknown>

type Step = ((value: unknown) => unknown) | undefined

/** Whether a value is an object with keys of its own, and no list or bytes. */
export function isDict(value: unknown): value is Dict {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  )
}

/** A copy of an object with the keys that its schema knows, each put through its step. */
export function pick(keys: readonly string[], steps: readonly Step[]): (value: unknown) => unknown {
  const copy = compiled(keys, steps) ?? looped(keys, steps)
  return (value) => (isDict(value) ? copy(value) : value)
}

/** Written out key by key: a loop over names is five times slower, and this runs for every message. */
function compiled(keys: readonly string[], steps: readonly Step[]): ((value: Dict) => Dict) | undefined {
  const lines = keys.map((key, i) => {
    const name = JSON.stringify(key)
    return `if ((x = value[${name}]) !== undefined) out[${name}] = ${steps[i] ? `steps[${i}](x)` : 'x'}`
  })
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the keys are the program's own and quoted as JSON
    const make = new Function(
      'steps',
      `return (value) => { const out = {}; let x\n${lines.join('\n')}\nreturn out }`,
    )
    return make(steps) as (value: Dict) => Dict
  } catch {
    // Where generated code is forbidden.
    return undefined
  }
}

function looped(keys: readonly string[], steps: readonly Step[]): (value: Dict) => Dict {
  return (value) => {
    const out: Dict = {}
    for (const [i, key] of keys.entries()) {
      const step = steps[i]
      if (value[key] !== undefined) out[key] = step ? step(value[key]) : value[key]
    }
    return out
  }
}
