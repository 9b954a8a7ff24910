/** Middleware for servers and clients, each a pure function. */
export { bearer } from './bearer.ts'
export type { BearerOptions } from './bearer.ts'
export { deadline } from './deadline.ts'
export type { DeadlineOptions } from './deadline.ts'
export { memoryOnceStore, once } from './once.ts'
export type { OnceOptions, OnceState, OnceStore } from './once.ts'
export { requestLog } from './request-log.ts'
export type { RequestLogOptions } from './request-log.ts'
