import protobuf, { type Type, type Writer } from 'protobufjs'
import type { City as CityMessage, Summary as SummaryMessage } from '../data/city.ts'
import { proto } from './proto.ts'

// Without its class for them, protobufjs gives 64-bit integers as numbers: less work, and what city.ts has.
protobuf.util.Long = null as never
protobuf.configure()

const { root } = protobuf.parse(proto, { keepCase: true })

/** Messages of one type, by the code that protobufjs generates. */
export interface Codec<Message> {
  encode(message: Message, writer?: Writer): Writer
  decode(bytes: Uint8Array): Message
}

const codec = <Message extends object>(name: string): Codec<Message> => {
  const type: Type = root.lookupType(`cities.${name}`)
  // From here on they are the generated functions themselves.
  type.setup()
  return {
    encode: (message, writer) => type.encode(message, writer),
    decode: (bytes) => type.decode(bytes) as unknown as Message,
  }
}

export const City = codec<CityMessage>('City')
export const GetCity = codec<{ id: number }>('GetCity')
export const ListCities = codec<{ limit: number }>('ListCities')
export const Summary = codec<SummaryMessage>('Summary')
