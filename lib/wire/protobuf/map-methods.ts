import type { JsonSchema } from '../../core/schema/json-schema.ts'
import { givesStream, takesStream } from '../../core/kind.ts'
import type { MethodDescription } from '../../core/transport.ts'
import { createDraft, type Draft } from './draft.ts'
import { Mapper } from './mapper.ts'
import { withImports, type UnlinkedFile } from './imports.ts'
import type { ProtoMethod, ProtoModel, ProtoService } from './model.ts'
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
  readonly services: Map<string, { readonly file: string; readonly methods: ProtoMethod[] }>
}

/**
 * Maps methods and their schemas to protobuf, a file for each package. Throws for what cannot be expressed, with its
 * place (`service.method input/a/b`) and the way out.
 */
export function mapMethods(methods: readonly ProtoSource[]): ProtoModel {
  const packages = new Map<string, Package>()
  const packageOf = (name: string): Package => {
    const known = packages.get(name)
    if (known) return known
    const draft = createDraft(name)
    const made = { draft, mapper: new Mapper(draft, (other) => packageOf(other).mapper), services: new Map() }
    packages.set(name, made)
    return made
  }
  const paths = methods.map((method) => protoPathOf(method))
  for (const { package: name, service, file = defaultFile(name) } of paths) {
    const { draft, services } = packageOf(name)
    draft.taken.add(service)
    services.set(service, { file, methods: [] })
  }
  for (const [i, method] of methods.entries()) {
    const { package: name, service, method: own } = paths[i]!
    const { mapper, services } = packageOf(name)
    const { methods: siblings } = services.get(service)!
    if (siblings.some((other) => other.name === own))
      throw new TypeError(
        `${method.service}.${method.name}: ${name}.${service} has a method ${own} already; choose another name with proto: { name }`,
      )
    siblings.push(mapMethod(method, own, mapper))
  }
  for (const { mapper } of packages.values()) mapper.finish()
  return { files: withImports([...packages].flatMap(([name, one]) => filesOf(name, one))) }
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
  const isEvent = kind === 'event'
  const lines = [
    options.summary,
    options.description,
    isEvent ? 'An event: it is answered when it was handled.' : undefined,
  ]
  const comment = lines.filter((line) => line !== undefined).join('\n')
  return {
    name,
    ours: { service, method: method.name },
    input: typeOf('input', 'Request'),
    output: typeOf('output', 'Response'),
    streamsIn: takesStream(kind),
    streamsOut: givesStream(kind),
    // An event may be handled more than once.
    idempotent: options.idempotent ?? isEvent,
    ...(comment !== '' && { comment }),
    ...(options.deprecated === true && { deprecated: true }),
  }
}

/** One flat name, which is a module's name in Python too. */
function defaultFile(packageName: string): string {
  return `${packageName.replaceAll('.', '_') || 'services'}.proto`
}

function filesOf(name: string, { draft, services }: Package): readonly UnlinkedFile[] {
  const [main = defaultFile(name)] = [...services.values()].map(({ file }) => file)
  const fileOf = ({ file = main }: { readonly file?: string | undefined }): string => file
  const { messages, enums } = draft
  const names = new Set([...services.values(), ...messages, ...enums].map(fileOf))
  return [...names].map((file) => ({
    name: file,
    package: name,
    services: [...services]
      .filter(([, service]) => service.file === file)
      .map(([service, { methods }]): ProtoService => ({ name: service, methods })),
    messages: messages.filter((message) => fileOf(message) === file),
    enums: enums.filter((one) => fileOf(one) === file),
  }))
}
