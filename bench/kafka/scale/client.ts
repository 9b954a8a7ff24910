import { createClient as connect } from 'microapi-ts/client'
import { kafka } from 'microapi-ts/kafka'
import type { ClientModule } from '../../harness/peer.ts'
import { optionsOf } from '../ours/options.ts'
import { placeAt } from '../place.ts'
import { visits } from './contract.ts'

const KEYS = 10_000

/** Each call has the next of 10,000 keys. */
export const createClient: ClientModule['createClient'] = (url) => {
  const client = connect({ visits }, kafka(optionsOf(placeAt(url))))
  let turns = 0
  return {
    unary: (id) => client.visits.pay({ id, visitor: `visitor-${turns++ % KEYS}` }),
    close: () => client.close(),
  }
}
