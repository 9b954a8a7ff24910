import type { MethodFacts } from '../../core/transport.ts'
import type { MethodDescription } from '../../core/transport.ts'
import { protoCodecs, type ProtoCodec, type ProtoCodecs } from '../../wire/protobuf/codecs.ts'
import type { GrpcSettings } from './options.ts'

/** Whether messages are protobuf where their schemas are known: unless told otherwise, as far as protobufjs is there. */
export async function speaksProtobuf({ codec }: Pick<GrpcSettings, 'codec'>): Promise<boolean> {
  return codec === 'proto' || (codec === 'auto' && (await isInstalled()))
}

/** The codecs of methods whose messages are protobuf; nothing where they are JSON. */
export async function codecsOf(
  methods: readonly MethodDescription[],
  settings: GrpcSettings,
): Promise<ProtoCodecs | undefined> {
  const { protoLock: lock, maxDepth } = settings
  return (await speaksProtobuf(settings)) ? protoCodecs(methods, { lock, maxDepth }) : undefined
}

/** The codec of one method, for a client. Numbers and names are the same whichever methods it calls beside. */
export async function codecOf(
  service: string,
  name: string,
  facts: MethodFacts | undefined,
  settings: GrpcSettings,
): Promise<ProtoCodec | undefined> {
  return facts && (await codecsOf([{ ...facts, service, name }], settings))?.methods[0]
}

let installed: Promise<boolean> | undefined

function isInstalled(): Promise<boolean> {
  installed ??= import('protobufjs/minimal.js').then(
    () => true,
    () => false,
  )
  return installed
}
