import type { Method } from '../../core/method.ts'
import type { Service } from '../../core/service.ts'
import { mapMethods, type ProtoSource } from '../../wire/protobuf/map-methods.ts'
import { resolveNumbers, type ProtoLock } from '../../wire/protobuf/numbers.ts'
import { protoText } from './text.ts'

/** An app, or services by name: what a contract is. */
export type ServicesSource =
  | { readonly services: Readonly<Record<string, Service>>; connect(): unknown }
  | Readonly<Record<string, Service>>

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
 * Makes .proto text of an app's or a contract's services. Throws for what protobuf cannot express, with its place and
 * the way out.
 * @see https://protobuf.dev/reference/protobuf/proto3-spec/
 */
export function generateProto(source: ServicesSource, options: GenerateProtoOptions = {}): GeneratedProto {
  const { model, lock } = resolveNumbers(mapMethods(methodsOf(source)), options.lock)
  return {
    files: Object.fromEntries(model.files.map((file) => [file.name, protoText(file, model.files)])),
    lock,
  }
}

function methodsOf(source: ServicesSource): readonly ProtoSource[] {
  // A contract's service may be called "services" too; an app also has functions.
  const services = typeof source['connect'] === 'function' ? source['services'] : source
  return Object.entries(services as Readonly<Record<string, Service>>).flatMap(([service, methods]) =>
    Object.entries<Method>(methods).map(([name, { kind, input, output, options }]) => ({
      service,
      name,
      kind,
      input,
      output,
      options,
    })),
  )
}
