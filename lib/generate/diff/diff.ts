import type { ProtoLock } from '../../wire/protobuf/numbers.ts'
import { apiOf, type ApiSource } from '../json-schema/source.ts'
import { withEffects } from './effects.ts'
import { isAtLeast, worst, type Affected, type ApiDiff, type WireForm } from './finding.ts'
import { compareAsJson } from './methods.ts'
import { compareAsProtobuf } from './protobuf.ts'

/** What {@link diffApis} takes beside two versions. */
export interface DiffOptions {
  /** Only this wire form; both by default. */
  readonly wire?: WireForm
  /** Who counts for a change's level; old clients and stored events by default: servers are deployed first. */
  readonly whom?: readonly Affected[]
  /** The field numbers of each version, as its `proto.lock.json` has them; without one they are given in order. */
  readonly locks?: { readonly old?: ProtoLock; readonly new?: ProtoLock }
}

/**
 * Says what changed between two versions of an app, a contract or a description, and whom it breaks over which wire form.
 * An API that protobuf cannot express is compared as JSON alone. Throws a TypeError for a reference in a schema that leads nowhere.
 */
export function diffApis(old: ApiSource, next: ApiSource, options: DiffOptions = {}): ApiDiff {
  const { wire, whom = ['old clients', 'stored events'], locks = {} } = options
  const wires: readonly WireForm[] = wire ? [wire] : ['json', 'protobuf']
  const [a, b] = [apiOf(old), apiOf(next)]
  const found = {
    json: wires.includes('json') ? compareAsJson(a, b) : [],
    protobuf: wires.includes('protobuf') ? compareAsProtobuf(a, b, locks) : [],
  }
  const changes = withEffects(found, { wires, whom }).toSorted(
    (one, other) => Number(isAtLeast(other.level, one.level)) - Number(isAtLeast(one.level, other.level)),
  )
  return { level: worst(changes.map(({ level }) => level)), changes }
}
