import { City, GetCity, ListCities, Summary, type Codec } from '../protobuf.ts'

/** How messages become octets. */
export type Form = <Message>(codec: Codec<Message>) => {
  write(message: Message): Buffer
  read(bytes: Buffer): Message
}

export const protobufForm: Form = ({ encode, decode }) => ({
  // On Node what it makes is a Buffer.
  write: (message) => encode(message).finish() as Buffer,
  read: decode,
})

/** What grpc-js knows of the messages is these two functions: it says `application/grpc` all the same. */
export const jsonForm: Form = <Message>() => ({
  write: (message: Message) => Buffer.from(JSON.stringify(message)),
  read: (bytes: Buffer) => JSON.parse(bytes.toString()) as Message,
})

/** The service, as proto-loader would define it but for the copies that it makes of every message. */
export const defineCities = (form: Form) => {
  const method = <Input, Output, Streams extends { requestStream: boolean; responseStream: boolean }>(
    name: string,
    input: Codec<Input>,
    output: Codec<Output>,
    streams: Streams,
  ) => {
    const [request, response] = [form(input), form(output)]
    return {
      path: `/cities.CitiesService/${name}`,
      ...streams,
      requestSerialize: request.write,
      requestDeserialize: request.read,
      responseSerialize: response.write,
      responseDeserialize: response.read,
    }
  }
  return {
    get: method('get', GetCity, City, { requestStream: false, responseStream: false }),
    list: method('list', ListCities, City, { requestStream: false, responseStream: true }),
    add: method('add', City, Summary, { requestStream: true, responseStream: false }),
    visit: method('visit', GetCity, City, { requestStream: true, responseStream: true }),
  }
}
