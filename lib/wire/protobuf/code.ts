/** A function's text while it is being generated. */
export interface Code {
  /** Makes a value known to the text; gives the name that it has there. */
  use(value: unknown): string
  /** Makes the function: `parameters` and the lines of its body. */
  finish(parameters: string, body: readonly string[]): unknown
}

/** Begins a function. What varies in its text is numbers, and strings quoted as JSON. */
export function createCode(): Code {
  const values: unknown[] = []
  return {
    use(value) {
      const known = values.indexOf(value)
      return `c${known >= 0 ? known : values.push(value) - 1}`
    },
    finish(parameters, body) {
      const names = values.map((_, i) => `c${i}=c[${i}]`).join(',')
      // oxlint-disable-next-line typescript/no-implied-eval -- the names in it are the program's own and quoted as JSON
      const make = new Function(
        'c',
        `'use strict'\n${names && `const ${names}\n`}return (${parameters}) => {\n${body.join('\n')}\n}`,
      )
      return make(values)
    },
  }
}

/** Throws, saying so, where generated code is forbidden. */
export function assertGenerates(): void {
  try {
    createCode().finish('', [])
  } catch (cause) {
    throw new Error(
      'protobuf needs code that is generated at run time, which this process forbids (--disallow-code-generation-from-strings); use JSON',
      { cause },
    )
  }
}
