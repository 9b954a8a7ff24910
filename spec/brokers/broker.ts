// oxlint-disable vitest/valid-title, vitest/no-disabled-tests, vitest/no-conditional-tests, vitest/valid-describe-callback -- names and bodies are data
/** What the specs of every broker share. */
import { connect } from 'node:net'
import { describe, it } from 'vitest'

/** Why a broker is not there. */
export interface Missing {
  readonly reason: string
  /** It cannot be had here, whatever is installed: a skip in CI too. */
  readonly outOfReach?: boolean
}

/** Describes what needs a broker. Where it is missing that is a skip with the reason; in CI a failure. */
export function describeBroker(name: string, missing: Missing | undefined, body: () => void): void {
  if (missing === undefined) describe(name, body)
  else if (process.env['CI'] && !missing.outOfReach) {
    it(name, () => {
      throw new Error(missing.reason)
    })
  } else it.skip(`${name} (${missing.reason})`)
}

/** Asks the process that runs all specs (global-setup.ts) for a broker, by the variable that holds its port. */
export async function askForBroker<T>(variable: string): Promise<T> {
  const socket = connect(Number(process.env[variable]), '127.0.0.1')
  let text = ''
  for await (const chunk of socket.setEncoding('utf8')) text += chunk as string
  const answer = JSON.parse(text) as { failure?: string }
  if (answer.failure !== undefined) throw new Error(answer.failure)
  return answer as T
}
