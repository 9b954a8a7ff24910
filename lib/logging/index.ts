/** Logs on pino: JSON lines, or lines for people in a terminal. Loaded by who asks for it, and by `microapi run`. */
export { createLog } from './create-log.ts'
export type { CreateLogOptions } from './create-log.ts'
