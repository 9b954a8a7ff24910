import type { JsonSchema } from '../../core/schema/json-schema.ts'
import { givesStream, takesStream } from '../../core/kind.ts'
import type { MethodDescription } from '../../core/transport.ts'
import { createDraft, type Draft } from './draft.ts'
import { Mapper } from './mapper.ts'
import type { ProtoFile, ProtoMethod, ProtoModel, ProtoService } from './model.ts'
import { protoPathOf, typeName } from './names.ts'
import { collectReferences } from './references.ts'

/** What the mapping wants to know of a method. */
export type ProtoSource = Pick<
  MethodDescription,
  'service' | 'name' | 'kind' | 'input' | 'output' | 'options'
>

interface Package {
  readonly draft: Draft
  readonly mapper: Mapper
  readonly services: Map<string, ProtoMethod[]>
}

/**
 * Maps methods and their schemas to protobuf, a file for each package. Throws for what cannot be expressed, with its
 * place (`service.method input/a/b`) and the way out.
 */
export function mapMethods(methods: readonly ProtoSource[]): ProtoModel {
  const packages = new Map<string, Package>()
  const paths = methods.map((method) => protoPathOf(method))
  for (const { package: name, service } of paths) {
    if (!packages.has(name)) {
      const draft = createDraft(name)
      packages.set(name, { draft, mapper: new Mapper(draft), services: new Map() })
    }
    const { draft, services } = packages.get(name)!
    draft.taken.add(service)
    services.set(service, [])
  }
  for (const [i, method] of methods.entries()) {
    const { package: name, service, method: own } = paths[i]!
    const { mapper, services } = packages.get(name)!
    const siblings = services.get(service)!
    if (siblings.some((other) => other.name === own))
      throw new TypeError(
        `${method.service}.${method.name}: ${name}.${service} has a method ${own} already; choose another name with proto: { name }`,
      )
    siblings.push(mapMethod(method, own, mapper))
  }
  return { files: [...packages].map(([name, { draft, services }]) => fileOf(name, draft, services)) }
}

function mapMethod(method: ProtoSource, name: string, mapper: Mapper): ProtoMethod {
  const { service, kind, options } = method
  const at = `${service}.${method.name}`
  const typeOf = (part: 'input' | 'output', suffix: string): ProtoMethod['input'] => {
    const schema = method[part] as JsonSchema
    return mapper.message(schema, collectReferences(schema), {
      name: typeName(name) + suffix,
      path: `${at} ${part}`,
    })
  }
  const comment = [options.summary, options.description].filter((line) => line !== undefined).join('\n')
  return {
    name,
    ours: { service, method: method.name },
    input: typeOf('input', 'Request'),
    output: typeOf('output', 'Response'),
    streamsIn: takesStream(kind),
    streamsOut: givesStream(kind),
    idempotent: options.idempotent ?? false,
    ...(comment !== '' && { comment }),
    ...(options.deprecated === true && { deprecated: true }),
  }
}

function fileOf(name: string, { messages, enums }: Draft, services: Package['services']): ProtoFile {
  return {
    // One flat name, which is a module's name in Python too.
    name: `${name.replaceAll('.', '_')}.proto`,
    package: name,
    services: [...services].map(([service, methods]): ProtoService => ({ name: service, methods })),
    messages,
    enums,
  }
}
