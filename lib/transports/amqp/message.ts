import { attemptsHeader, deadlineHeader } from './protocol.ts'

/** When the call must have ended, where the header says so, in ms since the epoch. */
export function readDeadline(headers: unknown): number | undefined {
  const value: unknown = (Object(headers) as Record<string, unknown>)[deadlineHeader]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** How often a message was handled before, by us and by servers that were lost with it (which quorum queues count). */
export function readAttempts(headers: unknown): number {
  const { [attemptsHeader]: ours, 'x-delivery-count': lost } = Object(headers) as Record<string, unknown>
  return countOf(ours) + countOf(lost)
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}
