import { Transport, type RmqOptions } from '@nestjs/microservices'
import type { Place } from '../place.ts'

/** Its defaults: requests are taken without acknowledgement, answers go by direct reply-to. Without Nagle's algorithm, as everybody here. */
export const optionsOf = ({ url, queue }: Place): RmqOptions & { transport: Transport.RMQ } => ({
  transport: Transport.RMQ,
  options: { urls: [url], queue, socketOptions: { connectionOptions: { noDelay: true } } },
})
