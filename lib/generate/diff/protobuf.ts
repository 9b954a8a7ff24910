import { mapMethods, type ProtoSource } from '../../wire/protobuf/map-methods.ts'
import type { ProtoMethod } from '../../wire/protobuf/model.ts'
import { joinName } from '../../wire/protobuf/names.ts'
import { resolveNumbers, type ProtoLock } from '../../wire/protobuf/numbers.ts'
import type { Api, NamedMethod } from '../json-schema/source.ts'
import type { Change } from './effects.ts'
import { asProtobuf } from './as-protobuf.ts'
import { messageChanges } from './messages.ts'
import { nameChanges, pairMethods, type MethodPair } from './method-names.ts'
import { methodChanges } from './methods.ts'
import { compareMessages, namedOf, type ProtoNamed } from './proto-messages.ts'

/** An API as protobuf has it, or why it has none. */
interface ProtoApi {
  readonly api: Api
  readonly named: ProtoNamed
  /** By our names, `service.method`. */
  readonly methods: ReadonlyMap<string, { readonly path: string; readonly method: ProtoMethod }>
  readonly refusal: Error | undefined
}

/** The numbers that were given in each version; the new one goes on from the old one's where it has none of its own. */
export interface Locks {
  readonly old?: ProtoLock
  readonly new?: ProtoLock
}

/** What changed in an API as protobuf has it: by the names of a .proto, and by numbers. Nothing, where it never had any. */
export function compareAsProtobuf(old: Api, next: Api, locks: Locks): readonly Change[] {
  const [a, b] = [protoApiOf(old, locks.old), protoApiOf(next, locks.new ?? locks.old)]
  if (a.refusal) return []
  if (b.refusal) {
    const message = `protobuf has no room for it any more: ${b.refusal.message}`
    return old.services.map((service) => ({
      rule: 'protobuf-lost',
      service,
      message,
      oldClients: 'breaking',
      newClients: 'breaking',
    }))
  }
  const pathOf = (api: ProtoApi, method: NamedMethod): string => api.methods.get(ourName(method))?.path ?? ''
  const byPath = pairMethods(old.methods, next.methods, (method) =>
    pathOf(old.methods.includes(method) ? a : b, method),
  )
  const isLost = (method: NamedMethod): boolean => byPath.lost.some((one) => ourName(one) === ourName(method))
  // Called the same by us, and something else in the .proto.
  const moved = byPath.gained.flatMap((method): readonly MethodPair[] => {
    const was = isLost(method) && byPath.lost.find((one) => ourName(one) === ourName(method))
    return was ? [[was, method]] : []
  })
  const methods = {
    pairs: [...byPath.pairs, ...moved],
    lost: byPath.lost.filter((one) => !moved.some(([was]) => was === one)),
    gained: byPath.gained.filter((one) => !moved.some(([, is]) => is === one)),
  }
  return [
    ...nameChanges(methods, old, next),
    ...moved.map(([was, is]) => movedChange(was, [pathOf(a, was), pathOf(b, is)])),
    ...methods.pairs.flatMap((pair) => [...methodChanges(...pair), ...pairChanges(pair, a, b)]),
  ]
}

function protoApiOf(api: Api, lock: ProtoLock | undefined): ProtoApi {
  try {
    const { model } = resolveNumbers(mapMethods(api.methods as readonly ProtoSource[]), lock)
    const methods = model.files.flatMap((file) =>
      file.services.flatMap((service) =>
        service.methods.map((method) => {
          const { ours, name } = method
          const path = `${joinName(file.package, service.name)}/${name}`
          return [`${ours.service}.${ours.method}`, { path, method }] as const
        }),
      ),
    )
    return { api, named: namedOf(model), methods: new Map(methods), refusal: undefined }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return { api, named: { messages: new Map(), enums: new Map() }, methods: new Map(), refusal: error }
  }
}

function ourName({ service, name }: NamedMethod): string {
  return `${service}.${name}`
}

function movedChange({ service, name, kind }: NamedMethod, [old, next]: readonly [string, string]): Change {
  return {
    rule: 'protobuf-name-changed',
    service,
    method: name,
    old,
    new: next,
    message: `in protobuf it is ${next}, and was ${old}`,
    oldClients: 'breaking',
    newClients: 'breaking',
    isEvent: kind === 'event',
  }
}

function pairChanges(pair: MethodPair, a: ProtoApi, b: ProtoApi): readonly Change[] {
  const [one, two] = [a.methods.get(ourName(pair[0]))!.method, b.methods.get(ourName(pair[1]))!.method]
  const named = [a.named, b.named] as const
  const [old] = pair
  const found = {
    input: compareMessages([one.input, two.input], named),
    output: compareMessages([one.output, two.output], named),
  }
  const parts = old.kind === 'event' ? (['input'] as const) : (['input', 'output'] as const)
  const own = parts.flatMap((part) =>
    found[part].changes.map(({ narrows, widens, ...change }): Change => ({
      service: old.service,
      method: old.name,
      part,
      ...change,
      oldClients: part === 'input' ? narrows : widens,
      newClients: part === 'input' ? widens : narrows,
      isEvent: old.kind === 'event',
    })),
  )
  const checked = messageChanges(...pair, { input: found.input.renamed, output: found.output.renamed })
  return [...own, ...checked.flatMap((change) => asProtobuf(change, found))]
}
