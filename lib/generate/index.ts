/** `microapi-ts/generate`: what can be made of an app or a contract, and a contract of .proto files. Nothing here reads or writes files. */
export { generateProto } from './proto.ts'
export type { GeneratedProto, GenerateProtoOptions, ServicesSource } from './proto.ts'
export { fromProto } from './from-proto.ts'
export type { FromProtoOptions, ProtoSources } from './from-proto.ts'
export type { LockedNumbers, ProtoLock } from '../wire/protobuf/numbers.ts'
export { generateOpenApi } from './openapi.ts'
export type {
  ApiInfo,
  ApiJson,
  OpenApiDocument,
  OpenApiOperation,
  OpenApiOptions,
  OpenApiPath,
  OpenApiServer,
  SecurityRequirement,
} from './openapi-document.ts'
export type { ApiDescription, ApiError, ApiMethod, ApiSource } from './json-schema-source.ts'
export { generateAsyncApi } from './asyncapi.ts'
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
} from './asyncapi-document.ts'
export { generateClient } from './client.ts'
export type { GenerateClientOptions } from './client.ts'
export { generatePython } from './python.ts'
export type { GeneratePythonOptions } from './python.ts'
