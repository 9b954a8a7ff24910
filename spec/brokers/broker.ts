/** What the specs of every broker share. */
import { connect } from 'node:net'

/** Asks the process that runs all specs (global-setup.ts) for a broker, by the variable that holds its port. */
export async function askForBroker<T>(variable: string): Promise<T> {
  const socket = connect(Number(process.env[variable]), '127.0.0.1')
  let text = ''
  for await (const chunk of socket.setEncoding('utf8')) text += chunk as string
  const answer = JSON.parse(text) as { failure?: string }
  if (answer.failure !== undefined) throw new Error(answer.failure)
  return answer as T
}
