/** The sending side of a call of grpc-js. */
interface Sink<Message> {
  write(message: Message): boolean
  once(event: 'drain', listener: () => void): unknown
  end(): unknown
}

/** Writes messages as fast as they are taken, and ends the stream. */
export const writeAll = async <Message>(sink: Sink<Message>, messages: Iterable<Message>): Promise<void> => {
  for (const message of messages) {
    if (!sink.write(message)) await new Promise<void>((resolve) => sink.once('drain', resolve))
  }
  sink.end()
}
