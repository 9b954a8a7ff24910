/** One request, ready to be sent. */
export interface HttpRequest {
  /** What the channel's path begins with, and `/{service}/{method}`. */
  readonly path: string
  readonly headers: Record<string, string>
  /** Text, or messages to be written as a JSON array as they come. */
  readonly body: string | MessageStream | undefined
}

/** Messages of a request body, and how each is written. */
export interface MessageStream {
  readonly items: AsyncIterable<unknown> | Iterable<unknown>
  readonly stringify: (item: unknown) => string
}

/** How the reader of an answer holds back its bytes. */
export interface Flow {
  pause(): void
  resume(): void
}

/** Hears of one answer, in this order: head, data, end; or error at any time, and then nothing more. */
export interface Receiver {
  head(status: number, headers: Iterable<readonly [name: string, value: string]>, flow: Flow): void
  data(chunk: Uint8Array): void
  end(): void
  error(error: unknown): void
}

/** Sends requests: by undici on Node, by fetch elsewhere. */
export interface Sender {
  /** Sends; what it returns aborts the request, after which the receiver hears nothing more. */
  send(request: HttpRequest, receiver: Receiver): () => void
  close(): Promise<void>
}
