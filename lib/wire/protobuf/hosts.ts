import { createDraft, ownName, takeExactly, takeFree, type Draft } from './draft.ts'
import type { ProtoMessage } from './model.ts'
import { joinName } from './names.ts'

/** Where something is to be made, and under which name. */
export interface Place {
  readonly host: Draft
  readonly name: string
}

interface Wanted extends Place {
  readonly path: string
  /** The name is the one that it must have; what said so, for errors. */
  readonly exact?: string | undefined
}

interface Begun {
  readonly draft: Draft
  /** Puts the message where it was begun: before those that were made while it was being made. */
  readonly done: (message: ProtoMessage) => void
}

/** Knows the messages of one package that others stand in, whichever comes first. */
export interface Hosts {
  /** Where `Outer.Inner` is made. */
  place(name: string): Place
  /** Takes a name for an enum. */
  take(wanted: Wanted): string
  /** Begins a message, its fields' names known. Throws where its name, or one inside of it, is taken. */
  begin(wanted: Wanted, fields: readonly string[], avoided: readonly string[]): Begun
  /** Makes those empty that nobody has made. */
  finish(): void
}

/** Begins with nothing but the package. */
export function createHosts(root: Draft): Hosts {
  const known = new Map<string, Draft>()
  const waiting = new Map<string, (message: ProtoMessage) => void>()

  const take = ({ host, name, path, exact }: Wanted): string =>
    exact === undefined ? takeFree(host, name) : takeExactly(host, name, { path, called: exact })

  const open = (host: Draft, fullName: string): Begun => {
    const draft = createDraft(fullName)
    known.set(fullName, draft)
    return { draft, done: reserveSlot(host) }
  }

  const hostOf = (outer: readonly string[]): Draft => {
    let host = root
    for (const name of outer) {
      const fullName = joinName(host.fullName, name)
      let next = known.get(fullName)
      if (!next) {
        const begun = open(host, takeExactly(host, name, { path: fullName }))
        waiting.set(fullName, begun.done)
        next = begun.draft
      }
      host = next
    }
    return host
  }

  return {
    place(name) {
      const parts = name.split('.')
      return { host: hostOf(parts.slice(0, -1)), name: parts.at(-1)! }
    },
    take,
    begin(wanted, fields, avoided) {
      const { host, name, path, exact } = wanted
      const fullName = joinName(host.fullName, name)
      const done = exact === undefined ? undefined : waiting.get(fullName)
      const begun = done ? { draft: known.get(fullName)!, done } : open(host, take(wanted))
      waiting.delete(begun.draft.fullName)
      for (const field of fields) takeExactly(begun.draft, field, { path })
      for (const one of avoided) begun.draft.avoided.add(one)
      return begun
    },
    finish() {
      for (const [fullName, done] of waiting) {
        const { messages, enums } = known.get(fullName)!
        const reserved = { ranges: [], names: [] }
        done({
          name: ownName(fullName),
          fullName,
          shape: 'object',
          fields: [],
          constants: [],
          messages,
          enums,
          reserved,
        })
      }
      waiting.clear()
    },
  }
}

function reserveSlot({ messages }: Draft): (message: ProtoMessage) => void {
  const at = messages.length
  messages.push(undefined as never)
  return (message) => (messages[at] = message)
}
