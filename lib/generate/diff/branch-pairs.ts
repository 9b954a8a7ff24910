import type { Branch } from './parts.ts'
import { typeOf } from './value-types.ts'

type Pair<T> = readonly [old: T, next: T]

/** Which branch has become which: by what they are, by their tags, their names, their types. */
export function pairBranches(
  old: readonly Branch[],
  next: readonly Branch[],
): { pairs: readonly Pair<Branch>[]; old: readonly Branch[]; next: readonly Branch[] } {
  const left = [new Set(old), new Set(next)] as const
  const pairs: Pair<Branch>[] = []
  // Twice by what is the only one of its type: what is left behind the first time may be so then.
  for (const name of [identity, tag, id, only(left), only(left)]) {
    const named = new Map([...left[1]].map((two) => [name(two, 1), two]))
    for (const [one, wanted] of [...left[0]].map((each) => [each, name(each, 0)] as const)) {
      const other = wanted === undefined ? undefined : named.get(wanted)
      if (!other || !left[1].has(other)) continue
      pairs.push([one, other])
      left[0].delete(one)
      left[1].delete(other)
    }
  }
  return { pairs, old: [...left[0]], next: [...left[1]] }
}

type Naming = (branch: Branch, at: 0 | 1) => string | undefined

const identity: Naming = ({ side }) => side.root.identity(side.schema)
const tag: Naming = (branch) => branch.tag
const id: Naming = ({ side }) => side.schema.$id

/** The type, where no other that is left has it. */
function only(left: readonly [ReadonlySet<Branch>, ReadonlySet<Branch>]): Naming {
  return (branch, at) => {
    if (left[0].size === 1 && left[1].size === 1) return 'the last ones'
    const family = (one: Branch): string => typeOf(one).replace('integer', 'number')
    const own = family(branch)
    return [...left[at]].filter((other) => family(other) === own).length === 1 ? own : undefined
  }
}
