import { isRpcError } from '../../core/errors.ts'
import {
  deadNameOf,
  type DeadLetterQueue,
  type DeadLetters,
  type OpenOptions,
} from '../../wire/broker/dead-letters.ts'
import { failure } from '../failure.ts'
import { shown } from './shown.ts'

/** Opens the dead letters of what a command line names, with or without `.dead`. Throws a CommandError where there are none. */
export async function openNamed(
  letters: DeadLetters,
  argument: string,
  options?: OpenOptions,
): Promise<DeadLetterQueue> {
  const name = deadNameOf(argument)
  try {
    return await letters.open(name, options)
  } catch (error) {
    if (!isRpcError(error) || error.code !== 'NOT_FOUND') throw error
    throw failure(
      `there is no ${shown(name)} at ${letters.address}: nothing has failed there for good, or it has another name; microapi dlq list says which there are`,
      error,
    )
  }
}
