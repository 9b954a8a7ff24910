import { wrongUsage } from './failure.ts'

/** A method, and the service that has it. */
export interface MethodName {
  readonly service: string
  readonly method: string
}

/** Reads `service.method` or `service/method`. Throws a CommandError for what is neither. */
export function parseMethodName(text: string): MethodName {
  const at = text.lastIndexOf(text.includes('/') ? '/' : '.')
  const [service, method] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)]
  if (service !== '' && method !== '') return { service, method }
  throw wrongUsage(`"${text}" is no method; write service.method, as in users.get_user`)
}
