/** How the messages of the conformance app stand on the wire, as grpc-js is told: JSON, and protobuf from our .proto text. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js'
import { loadSync, type Options } from '@grpc/proto-loader'
import { generateProto } from 'microapi-ts/generate'
import type { Method } from '../../../lib/core/method.ts'
import { conformanceContract } from '../../../lib/testing/contract.ts'

/** A codec of ours, and what grpc-js has for it. */
export interface JsWire {
  readonly codec: 'json' | 'proto'
  /** Definitions by our services' names. */
  readonly services: Readonly<Record<string, ServiceDefinition>>
}

type Kind = Method['kind']
const takesStream = (kind: Kind): boolean => kind === 'clientStream' || kind === 'bidiStream'
const givesStream = (kind: Kind): boolean => kind === 'serverStream' || kind === 'bidiStream'
const serialize = (message: unknown): Buffer => Buffer.from(JSON.stringify(message))
const deserialize = (bytes: Buffer): unknown => JSON.parse(bytes.toString())

/** JSON messages at the paths of the Python package. */
export const jsonWire: JsWire = {
  codec: 'json',
  services: mapValues(conformanceContract, (methods: Readonly<Record<string, Method>>, service) =>
    mapValues(methods, ({ kind }, name): MethodDefinition<unknown, unknown> => ({
      path: `/${service}/${name}`,
      requestStream: takesStream(kind),
      responseStream: givesStream(kind),
      requestSerialize: serialize,
      requestDeserialize: deserialize,
      responseSerialize: serialize,
      responseDeserialize: deserialize,
    })),
  ),
}

/** What the .proto files of the conformance contract are loaded to, as grpc-js's users do it. */
export function protoWire(options: Options = {}): JsWire {
  const folder = mkdtempSync(join(tmpdir(), 'microapi-grpc-js-'))
  try {
    const { files } = generateProto(conformanceContract)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const loaded = loadSync(Object.keys(files), {
      includeDirs: [folder],
      keepCase: true,
      // As JSON has them, so that both wires can be asked the same; the values beyond 2^53 have a spec of their own.
      longs: Number,
      enums: String,
      defaults: true,
      ...options,
    })
    const serviceOf = (service: string): ServiceDefinition => {
      const name = `${service}.${service[0]!.toUpperCase()}${service.slice(1)}Service`
      return loaded[name] as ServiceDefinition
    }
    return { codec: 'proto', services: mapValues(conformanceContract, (_, service) => serviceOf(service)) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function mapValues<T, U>(
  object: Readonly<Record<string, T>>,
  change: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]))
}
