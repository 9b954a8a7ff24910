import type { Description, ServiceTable } from '../../core/transport.ts'
import { joinName, protoPathOf } from '../../wire/protobuf/names.ts'
import { healthService } from './health/health.ts'
import type { GrpcSettings } from './options.ts'
import { codecsOf, speaksProtobuf } from './protobuf.ts'
import { ownFile, type OwnFile } from './reflection/files.ts'
import { indexFiles, type FileIndex } from './reflection/file-index.ts'
import { reflectionService } from './reflection/reflection.ts'

/** A service of the transport's own. */
interface Own {
  readonly name: string
  readonly proto: string
  readonly file: OwnFile
  /** What turns it on and off. */
  readonly option: 'health' | 'reflection'
  make(facts: Facts): ServiceTable[string]
}

/** What such services know of the server. */
interface Facts {
  readonly describe: Description
  /** The app's services by their names in protobuf. */
  readonly protoNames: readonly string[]
  readonly index: () => Promise<FileIndex>
}

const all: readonly Own[] = [
  {
    name: 'grpc_health_v1',
    proto: 'grpc.health.v1.Health',
    file: 'grpc/health/v1/health.proto',
    option: 'health',
    make: ({ describe, protoNames }) => healthService(describe, protoNames),
  },
  ...(['v1', 'v1alpha'] as const).map((version): Own => ({
    name: `grpc_reflection_${version}`,
    proto: `grpc.reflection.${version}.ServerReflection`,
    file: `grpc/reflection/${version}/reflection.proto`,
    option: 'reflection',
    make: ({ index }) => reflectionService(version, index),
  })),
]

/**
 * The services that tools expect of a gRPC server. They are protobuf: where that is off there is no health check, and
 * reflection, which somebody asked for, is a TypeError. So is a service of the app under the name of one of them.
 */
export async function ownServices(describe: Description, settings: GrpcSettings): Promise<ServiceTable> {
  if (!(await speaksProtobuf(settings))) {
    if (settings.reflection) throw noReflection(settings)
    return {}
  }
  const own = all.filter(({ option }) => settings[option])
  const taken = new Map(describe.methods.map((method) => [protoNameOf(method), method.service]))
  for (const { proto, option } of own) {
    const twin = taken.get(proto)
    if (twin !== undefined)
      throw new TypeError(
        `grpc: service "${twin}" is ${proto} in protobuf, which this transport brings itself; set ${option}: false to serve yours`,
      )
  }
  const readFiles = async (): Promise<FileIndex> => {
    const files = (await codecsOf(describe.methods, settings))?.files ?? []
    return indexFiles([...files, ...own.map(({ file }) => ownFile(file))])
  }
  let read: Promise<FileIndex> | undefined
  const facts: Facts = { describe, protoNames: [...taken.keys()], index: () => (read ??= readFiles()) }
  return Object.fromEntries(own.map(({ name, make }) => [name, make(facts)]))
}

function protoNameOf(method: Description['methods'][number]): string {
  const path = protoPathOf(method)
  return joinName(path.package, path.service)
}

function noReflection({ codec }: GrpcSettings): TypeError {
  const wayOut = codec === 'json' ? "leave codec: 'json' out" : 'npm install protobufjs'
  return new TypeError(
    `grpc: reflection tells the schemas of protobuf, which is off here: ${wayOut}, or set reflection: false`,
  )
}
