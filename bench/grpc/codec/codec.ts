import type { City } from '../../data/city.ts'

/** Cities as protobuf; `Message` is what its user holds. */
export interface Codec<Message> {
  from(city: City): Message
  to(message: Message): City
  encode(message: Message): Uint8Array
  decode(octets: Uint8Array): Message
}
