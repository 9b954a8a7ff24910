/** `microapi-ts/generate`: what can be made of an app or a contract, and a contract of .proto files. Nothing here reads or writes files. */
export { generateProto } from './proto.ts'
export type { GeneratedProto, GenerateProtoOptions, ServicesSource } from './proto.ts'
export { fromProto } from './from-proto.ts'
export type { FromProtoOptions, ProtoSources } from './from-proto.ts'
export type { LockedNumbers, ProtoLock } from '../wire/protobuf/numbers.ts'
