import { givesStream, takesStream } from '../../core/kind.ts'
import type { Api, NamedMethod } from '../json-schema/source.ts'
import type { Change } from './effects.ts'
import { errorChanges } from './errors.ts'
import { messageChanges } from './messages.ts'
import { nameChanges, pairMethods } from './method-names.ts'
import { optionChanges } from './method-options.ts'

/** What changed in the names, kinds, errors and messages of an API, as JSON has them: by name. */
export function compareAsJson(old: Api, next: Api): readonly Change[] {
  const methods = pairMethods(old.methods, next.methods, ({ service, name }) => `${service}.${name}`)
  return [
    ...nameChanges(methods, old, next),
    ...methods.pairs.flatMap((pair) => [...methodChanges(...pair), ...messageChanges(...pair)]),
  ]
}

/** What changed in a method beside its messages. */
export function methodChanges(old: NamedMethod, next: NamedMethod): readonly Change[] {
  return [...kindChanges(old, next), ...optionChanges(old, next), ...errorChanges(old, next)]
}

function kindChanges(old: NamedMethod, next: NamedMethod): readonly Change[] {
  if (old.kind === next.kind) return []
  return [
    {
      service: old.service,
      method: old.name,
      isEvent: old.kind === 'event',
      rule: 'kind-changed',
      old: old.kind,
      new: next.kind,
      message: `it is ${kindText(next)} now, and was ${kindText(old)}`,
      oldClients: 'breaking',
      newClients: 'breaking',
    },
  ]
}

function kindText({ kind }: NamedMethod): string {
  if (kind === 'event') return 'an event'
  const ways = [
    takesStream(kind) ? 'takes a stream' : 'takes one message',
    givesStream(kind) ? 'gives a stream' : 'gives one',
  ]
  return `a method that ${ways.join(' and ')}`
}
