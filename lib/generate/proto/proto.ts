import { mapMethods, type ProtoSource } from '../../wire/protobuf/map-methods.ts'
import { resolveNumbers, type ProtoLock } from '../../wire/protobuf/numbers.ts'
import { apiOf, type ApiSource } from '../json-schema/source.ts'
import { protoText } from './text.ts'

/** What {@link generateProto} takes beside services. */
export interface GenerateProtoOptions {
  /** Numbers that were given before: what `proto.lock.json` holds. */
  readonly lock?: ProtoLock
}

/** What {@link generateProto} gives. */
export interface GeneratedProto {
  /** The text of each file by its name, a file for each package: for each service, unless some share a package. */
  readonly files: Readonly<Record<string, string>>
  /** To be kept as `proto.lock.json`, so that no field's number ever changes. */
  readonly lock: ProtoLock
}

/**
 * Makes .proto text of the services of an app, a contract or a description. Throws for what protobuf cannot express, with
 * its place and the way out.
 * @see https://protobuf.dev/reference/protobuf/proto3-spec/
 */
export function generateProto(source: ApiSource, options: GenerateProtoOptions = {}): GeneratedProto {
  const { model, lock } = resolveNumbers(mapMethods(methodsOf(source)), options.lock)
  return {
    files: Object.fromEntries(model.files.map((file) => [file.name, protoText(file, model.files)])),
    lock,
  }
}

function methodsOf(source: ApiSource): readonly ProtoSource[] {
  // What a description says of functions is nothing that is mapped.
  return apiOf(source).methods as readonly ProtoSource[]
}
