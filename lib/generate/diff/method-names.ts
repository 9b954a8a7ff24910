import type { Api, NamedMethod } from '../json-schema/source.ts'
import type { Change } from './effects.ts'
import type { ChangeLevel } from './finding.ts'

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
