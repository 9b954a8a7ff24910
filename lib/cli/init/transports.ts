/** Over what a project is served. */
export type TransportName = 'http' | 'grpc' | 'ws' | 'kafka' | 'amqp'

/** What differs by transport. */
export interface TransportProfile {
  /** Packages that it takes beside microapi-ts. */
  readonly packages: readonly string[]
  /** The words behind `microapi run src/app.ts`, as package.json has them. */
  readonly run: readonly string[]
  /** Where it is called, for `microapi call`. */
  readonly url: string
  /** What it takes beside npm; undefined where that is nothing. */
  readonly needs?: string
  /** The port that it listens at; none over a broker. */
  readonly port?: number
}

/** Every transport that a project can be made for. */
export const transports: Readonly<Record<TransportName, TransportProfile>> = {
  http: { packages: [], run: [], url: 'http://127.0.0.1:8080', port: 8080 },
  grpc: {
    packages: ['protobufjs'],
    run: ['--transport', 'grpc'],
    url: 'grpc://127.0.0.1:50051',
    port: 50_051,
  },
  ws: { packages: [], run: ['--transport', 'ws'], url: 'ws://127.0.0.1:8765', port: 8765 },
  kafka: {
    packages: ['kafkajs'],
    run: ['--listen', 'kafka://127.0.0.1:9092?topic=notes&group=notes'],
    url: 'kafka://127.0.0.1:9092?topic=notes',
    needs: 'Kafka at 127.0.0.1:9092',
  },
  amqp: {
    packages: ['amqplib'],
    run: ['--listen', 'amqp://guest:guest@127.0.0.1:5672/?queue=notes'],
    url: 'amqp://guest:guest@127.0.0.1:5672/?queue=notes',
    needs: 'RabbitMQ at 127.0.0.1:5672',
  },
}
