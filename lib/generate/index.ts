/** `microapi-ts/generate`: what can be made of an app or a contract, and a contract of .proto files. Nothing here reads or writes files. */
export { generateProto } from './proto/proto.ts'
export type { GeneratedProto, GenerateProtoOptions } from './proto/proto.ts'
export { fromProto } from './contract/from-proto.ts'
export type { FromProtoOptions, ProtoSources } from './contract/from-proto.ts'
export type { LockedNumbers, ProtoLock } from '../wire/protobuf/numbers.ts'
export { generateOpenApi } from './openapi/openapi.ts'
export type {
  ApiInfo,
  ApiJson,
  OpenApiDocument,
  OpenApiOperation,
  OpenApiOptions,
  OpenApiPath,
  OpenApiServer,
  SecurityRequirement,
} from './openapi/document.ts'
export type { ApiDescription, ApiError, ApiMethod, ApiSource, ServicesSource } from './json-schema/source.ts'
export { generateAsyncApi } from './asyncapi/asyncapi.ts'
export type {
  AmqpPlaces,
  AsyncApiChannel,
  AsyncApiDocument,
  AsyncApiOperation,
  AsyncApiOptions,
  AsyncApiReference,
  Broker,
  BrokerServer,
  KafkaPlaces,
} from './asyncapi/document.ts'
export { generateClient } from './client/client.ts'
export type { GenerateClientOptions } from './client/client.ts'
export { generatePython } from './python/python.ts'
export type { GeneratePythonOptions } from './python/python.ts'
export { diffApis } from './diff/diff.ts'
export type { DiffOptions } from './diff/diff.ts'
export type { Affected, ApiChange, ApiDiff, ApiEffect, ChangeLevel, WireForm } from './diff/finding.ts'
