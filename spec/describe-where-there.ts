// oxlint-disable vitest/valid-title, vitest/no-disabled-tests, vitest/no-conditional-tests, vitest/valid-describe-callback -- names and bodies are data
/** Specs that need something beside Node: a tool, a browser, a broker. */
import { describe, it } from 'vitest'

/** Why something is not there. */
export interface Missing {
  readonly reason: string
  /** It cannot be had here, whatever is installed: a skip in CI too. */
  readonly outOfReach?: boolean
}

/** Describes what needs something. Where that is missing it is a skip with the reason; in CI, where it may not be, a failure. */
export function describeWhereThere(name: string, missing: Missing | undefined, body: () => void): void {
  if (missing === undefined) describe(name, body)
  else if (process.env['CI'] && !missing.outOfReach) {
    it(name, () => {
      throw new Error(missing.reason)
    })
  } else it.skip(`${name} (${missing.reason})`)
}
