import { encoderOf, type Encoder, type EncoderClass } from './encoder.ts'
import { encodeFetch, type Fetch } from './fetch-request.ts'
import { withoutEmpty } from './fetched.ts'
import { changeRequests, type Requests } from './protocol.ts'

/** What of kafkajs is needed here. */
export interface ConsumerParts {
  readonly fetch: Requests<Fetch>
  readonly Encoder: EncoderClass
}

/** The last one that kafkajs knows, which brokers have since 2.3. */
const versions = { first: 11, last: 11 }

/**
 * Makes kafkajs 2.2.4 ask for records with less ado, in its own objects, for all that use the same copy of it. It has an
 * encoder for each partition in each request; each partition in the answer, also one without a record, is handed through
 * as a batch, of which it reckons how far it lags behind, in BigInts. Most are without: of 12 partitions, 11 where calls
 * come one by one, and 12 four times a second where none come.
 */
export function leanConsumer({ fetch, Encoder: Made }: ConsumerParts): void {
  changeRequests(fetch, versions, ({ request, response, ...rest }, asked) => {
    const encode = async (): Promise<Encoder> => {
      const bytes = encodeFetch(asked)
      return bytes ? encoderOf(Made, bytes) : request.encode()
    }
    const decode = (bytes: Buffer): Promise<unknown> => response.decode(withoutEmpty(bytes))
    return { ...rest, request: { ...request, encode }, response: { ...response, decode } }
  })
}
