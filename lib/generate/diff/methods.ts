import { givesStream, takesStream } from '../../core/kind.ts'
import type { Api, ApiError, NamedMethod } from '../json-schema/source.ts'

import type { Change } from './effects.ts'
import type { ChangeLevel } from './finding.ts'
import { compareSchemas } from './compare.ts'

/** A method before and after. */
export type MethodPair = readonly [old: NamedMethod, next: NamedMethod]

/** The methods of two versions, each with the one that it was. */
export interface PairedMethods {
  readonly pairs: readonly MethodPair[]
  readonly lost: readonly NamedMethod[]
  readonly gained: readonly NamedMethod[]
}

/** Finds for each method what it was: the one of the same name, which a wire form decides. */
export function pairMethods(
  old: readonly NamedMethod[],
  next: readonly NamedMethod[],
  nameOf: (method: NamedMethod) => string,
): PairedMethods {
  const found = new Map(next.map((method) => [nameOf(method), method]))
  const known = new Set(old.map(nameOf))
  return {
    pairs: old.flatMap((method): readonly MethodPair[] => {
      const other = found.get(nameOf(method))
      return other ? [[method, other]] : []
    }),
    lost: old.filter((method) => !found.has(nameOf(method))),
    gained: next.filter((method) => !known.has(nameOf(method))),
  }
}

/** What changed in the names, kinds, errors and messages of an API, as JSON has them: by name. */
export function compareAsJson(old: Api, next: Api): readonly Change[] {
  const methods = pairMethods(old.methods, next.methods, ({ service, name }) => `${service}.${name}`)
  return [
    ...nameChanges(methods, old, next),
    ...methods.pairs.flatMap((pair) => [...methodChanges(...pair), ...messageChanges(...pair)]),
  ]
}

/** The services and methods that came and went. */
export function nameChanges({ pairs, lost, gained }: PairedMethods, old: Api, next: Api): readonly Change[] {
  const gone = old.services.filter(
    (one) => !next.services.includes(one) && !pairs.some(([{ service }]) => service === one),
  )
  const come = next.services.filter(
    (one) => !old.services.includes(one) && !pairs.some(([, { service }]) => service === one),
  )
  return [
    ...gone.map((one) => serviceChange(one, 'removed')),
    ...come.map((one) => serviceChange(one, 'added')),
    ...lost.filter(({ service }) => !gone.includes(service)).map((one) => methodChange(one, 'removed')),
    ...gained.filter(({ service }) => !come.includes(service)).map((one) => methodChange(one, 'added')),
  ]
}

function serviceChange(service: string, what: 'removed' | 'added'): Change {
  const message = what === 'removed' ? 'the service is gone' : 'the service is new'
  return { rule: `service-${what}`, service, message, ...ends(what) }
}

function methodChange({ service, name, kind }: NamedMethod, what: 'removed' | 'added'): Change {
  return {
    rule: `method-${what}`,
    service,
    method: name,
    message: what === 'removed' ? 'the method is gone' : 'the method is new',
    ...ends(what),
    isEvent: kind === 'event',
  }
}

/** What is gone breaks who calls it; what is new is not there at a server of before. */
function ends(what: 'removed' | 'added'): { oldClients: ChangeLevel; newClients: ChangeLevel } {
  return what === 'removed'
    ? { oldClients: 'breaking', newClients: 'safe' }
    : { oldClients: 'safe', newClients: 'breaking' }
}

/** What changed in a method beside its messages. */
export function methodChanges(old: NamedMethod, next: NamedMethod): readonly Change[] {
  const at = { service: old.service, method: old.name, isEvent: old.kind === 'event' }
  const changes: Change[] = []
  if (old.kind !== next.kind)
    changes.push({
      ...at,
      rule: 'kind-changed',
      old: old.kind,
      new: next.kind,
      message: `it is ${kindText(next)} now, and was ${kindText(old)}`,
      oldClients: 'breaking',
      newClients: 'breaking',
    })
  if (old.options.idempotent === true && next.options.idempotent !== true)
    changes.push({
      ...at,
      rule: 'no-longer-idempotent',
      message: 'clients of before call again when an answer was lost, and now that may do harm',
      oldClients: 'risky',
      newClients: 'safe',
    })
  if (old.options.fanout !== next.options.fanout && next.kind === 'event')
    changes.push({
      ...at,
      rule: 'fanout-changed',
      old: String(old.options.fanout === true),
      new: String(next.options.fanout === true),
      message: 'who shares an event is another one now',
      oldClients: 'risky',
      newClients: 'risky',
    })
  if (old.options.deprecated !== true && next.options.deprecated === true)
    changes.push({
      ...at,
      rule: 'method-deprecated',
      message: 'the method is deprecated now',
      oldClients: 'safe',
      newClients: 'safe',
    })
  return [...changes, ...errorChanges(old, next)]
}

function kindText({ kind }: NamedMethod): string {
  if (kind === 'event') return 'an event'
  const ways = [
    takesStream(kind) ? 'takes a stream' : 'takes one message',
    givesStream(kind) ? 'gives a stream' : 'gives one',
  ]
  return `a method that ${ways.join(' and ')}`
}

function errorChanges(old: NamedMethod, next: NamedMethod): readonly Change[] {
  const at = { service: old.service, method: old.name }
  const names = [...new Set([...Object.keys(old.errors), ...Object.keys(next.errors)])]
  return names.flatMap((name): readonly Change[] => {
    const [one, two] = [old.errors[name], next.errors[name]]
    const here = { ...at, part: `errors.${name}` }
    if (!one)
      return [
        {
          ...here,
          rule: 'error-added',
          new: two!.code,
          message: `it may fail with ${name} now`,
          oldClients: 'risky',
          newClients: 'safe',
        },
      ]
    if (!two)
      return [
        {
          ...here,
          rule: 'error-removed',
          old: one.code,
          message: `it no longer fails with ${name}`,
          oldClients: 'safe',
          newClients: 'risky',
        },
      ]
    return [...codeChanges(one, two, here), ...detailChanges(one, two, here)]
  })
}

type Here = { readonly service: string; readonly method: string; readonly part: string }

function codeChanges(one: ApiError, two: ApiError, here: Here): readonly Change[] {
  const changes: Change[] = []
  if (one.code !== two.code)
    changes.push({
      ...here,
      rule: 'error-code-changed',
      old: one.code,
      new: two.code,
      message: `its code is ${two.code}, and was ${one.code}`,
      oldClients: 'breaking',
      newClients: 'breaking',
    })
  if ((one.retryable ?? false) !== (two.retryable ?? false))
    changes.push({
      ...here,
      rule: 'error-retryable-changed',
      old: String(one.retryable ?? false),
      new: String(two.retryable ?? false),
      message:
        two.retryable === true ? 'clients call again after it now' : 'clients no longer call again after it',
      oldClients: 'risky',
      newClients: 'risky',
    })
  return changes
}

function detailChanges(
  { details: one }: ApiError,
  { details: two }: ApiError,
  here: Here,
): readonly Change[] {
  if (!one && !two) return []
  if (one && !two)
    return [
      {
        ...here,
        rule: 'details-removed',
        message: 'it has no details any more',
        oldClients: 'breaking',
        newClients: 'safe',
      },
    ]
  if (!one)
    return [
      {
        ...here,
        rule: 'details-added',
        message: 'it has details now',
        oldClients: 'safe',
        newClients: 'risky',
      },
    ]
  return compareSchemas(one, two!, { part: 'output' }).map(({ narrows, widens, ...change }) => ({
    ...here,
    ...change,
    oldClients: widens,
    newClients: narrows,
  }))
}

/** What changed in what a method takes and gives. */
export function messageChanges(
  old: NamedMethod,
  next: NamedMethod,
  renamed: Readonly<
    Partial<Record<'input' | 'output', ReadonlyMap<string, ReadonlyMap<string, string>>>>
  > = {},
): readonly Change[] {
  const parts =
    old.kind === 'event' && next.kind === 'event' ? (['input'] as const) : (['input', 'output'] as const)
  return parts.flatMap((part) => {
    const aliases = renamed[part]
    const changes = compareSchemas(old[part], next[part], {
      part,
      ...(aliases && aliases.size > 0 && { renamed: aliases }),
    })
    return changes.map(({ narrows, widens, ...change }): Change => ({
      service: old.service,
      method: old.name,
      part,
      ...change,
      oldClients: part === 'input' ? narrows : widens,
      newClients: part === 'input' ? widens : narrows,
      isEvent: old.kind === 'event',
    }))
  })
}
