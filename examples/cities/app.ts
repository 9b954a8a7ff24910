/** The service made ready to be served. */
import { createApp } from 'microapi-ts'
import { deadline, requestLog } from 'microapi-ts/middleware'
import { cities } from './service.ts'

export const app = createApp({
  services: { cities },
  use: [requestLog(), deadline({ maxMs: 10_000 })],
  version: 1,
})
