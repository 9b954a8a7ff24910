/** Clients of others for services that every gRPC server has. Each lasts as long as its test. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  credentials,
  loadPackageDefinition,
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor.js'
import { onTestFinished } from 'vitest'
import { run, type Ran } from '../../http2/interop/tools.ts'

/** The .proto text of a service, with its package as named. */
export function protoText(name: 'health.proto' | 'reflection.proto', packageName?: string): string {
  const text = readFileSync(path.join(import.meta.dirname, name), 'utf8')
  return packageName === undefined ? text : text.replace(/^package .*;$/m, `package ${packageName};`)
}

/** A client that grpc-js makes of .proto text; `service` is a full name. */
function stockClient(port: number, text: string, service: string): Client {
  const { root } = protobuf.parse(text, { keepCase: true })
  const definition = fromJSON(root.toJSON(), { keepCase: true, enums: String, oneofs: true, arrays: true })
  const Service = service
    .split('.')
    .reduce<any>((at, name) => at[name], loadPackageDefinition(definition)) as ServiceClientConstructor
  const client = new Service(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  })
  onTestFinished(() => client.close())
  return client
}

interface HealthAnswer {
  readonly status: string
}

type HealthClient = Client & {
  Check(request: object, done: (error: ServiceError | null, answer: HealthAnswer) => void): unknown
  Watch(request: object): ClientReadableStream<HealthAnswer>
}

/** grpc-js's client of grpc.health.v1. */
export function stockHealth(port: number) {
  const client = stockClient(port, protoText('health.proto'), 'grpc.health.v1.Health') as HealthClient
  return {
    /** Resolves with the status; rejects with a ServiceError. */
    check: (service = '') =>
      new Promise<string>((resolve, reject) =>
        client.Check({ service }, (error, answer) => (error ? reject(error) : resolve(answer.status))),
      ),
    watch(service = '') {
      const stream = client.Watch({ service })
      const items = stream[Symbol.asyncIterator]() as AsyncIterator<HealthAnswer>
      return {
        /** The next status; nothing where the stream has ended; rejects with a ServiceError. */
        next: async () => {
          const { done, value } = await items.next()
          return done ? undefined : value.status
        },
        cancel: () => stream.cancel(),
      }
    },
  }
}

/** What a reflection service answers, as grpc-js gives it: `message_response` names the field that is there. */
export interface ReflectionAnswer {
  readonly message_response: string
  readonly [field: string]: any
}

type ReflectionClient = Client & {
  ServerReflectionInfo(): ClientDuplexStream<object, ReflectionAnswer>
}

/** grpc-js's client of reflection: sends all requests on one stream, and gives the answers once it has ended. */
export async function stockReflection(
  port: number,
  version: 'v1' | 'v1alpha',
  requests: readonly object[],
): Promise<readonly ReflectionAnswer[]> {
  const packageName = `grpc.reflection.${version}`
  const text = protoText('reflection.proto', packageName)
  const client = stockClient(port, text, `${packageName}.ServerReflection`) as ReflectionClient
  const stream = client.ServerReflectionInfo()
  for (const request of requests) stream.write(request)
  stream.end()
  const answers: ReflectionAnswer[] = []
  for await (const answer of stream) answers.push(answer as ReflectionAnswer)
  return answers
}

/** A FileDescriptorProto, read by protobufjs. */
export function readFileDescriptor(bytes: Uint8Array): descriptor.IFileDescriptorProto {
  return descriptor.FileDescriptorProto.decode(bytes) as descriptor.IFileDescriptorProto
}

const buf = path.resolve('node_modules/.bin/buf')

/** `buf curl` at a server on this machine; `where` is a method's path, or nothing. */
export function bufCurl(port: number, where: string, ...args: readonly string[]): Promise<Ran> {
  const fixed = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge']
  return run(buf, [...fixed, ...args, `http://127.0.0.1:${port}${where}`])
}
