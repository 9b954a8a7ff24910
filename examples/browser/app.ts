/** The cities without a deadline: a search lasts as long as the page reads, a stream as long as the page is open. */
import { createApp } from 'microapi-ts'
import { requestLog } from 'microapi-ts/middleware'
import { cities } from '../cities/service.ts'

export const app = createApp({ services: { cities }, use: [requestLog()] })
