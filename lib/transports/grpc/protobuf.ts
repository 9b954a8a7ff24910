import type { MethodFacts } from '../../core/transport.ts'
import type { MethodDescription } from '../../core/transport.ts'
import { protoCodecs, type ProtoCodec, type ProtoCodecs } from '../../wire/protobuf/codecs.ts'
import type { GrpcSettings } from './options.ts'

/** Whether messages are protobuf where their schemas are known, as far as the package protobufjs is there. */
export async function codecsOf(
  methods: readonly MethodDescription[],
  { codec, protoLock: lock, maxDepth }: GrpcSettings,
): Promise<ProtoCodecs | undefined> {
  if (codec === 'json') return undefined
  return codec === 'proto' || (await isInstalled()) ? protoCodecs(methods, { lock, maxDepth }) : undefined
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
