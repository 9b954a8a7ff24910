import type { Assigner, PartitionAssigner } from 'kafkajs'
import {
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type PartitionsByTopic,
  type Subscription,
} from '../group-bytes.ts'

/** A member of the group, as its leader sees it. */
export interface GroupMember extends Subscription {
  readonly id: string
}

/**
 * Under which names the group's leader may be asked for a share, the liked best first: a group whose members are all ours
 * agrees on the first; the others are what Python's clients offer, so that one group may hold both.
 */
const names = ['microapi-sticky', 'range', 'roundrobin']

/**
 * Makes kafkajs's assigners: who has a partition keeps it as far as all have their fair share. kafkajs's own deals all of
 * them out anew by the members' random names, so that most move whenever a server comes or goes.
 * `own` is asked at each join; `joining` hears of each.
 */
export function createAssigners(
  own: () => Pick<Subscription, 'owned' | 'isLeaving'>,
  joining: () => void,
): PartitionAssigner[] {
  return names.map((name): PartitionAssigner => ({ cluster }) => ({
    name,
    version: 0,
    async assign({ members, topics }): ReturnType<Assigner['assign']> {
      const all = members.map(({ memberId, memberMetadata }): GroupMember => ({
        id: memberId,
        ...decodeSubscription(memberMetadata),
      }))
      const partitions = new Map<string, readonly number[]>()
      for (const topic of new Set(all.flatMap((member) => member.topics))) {
        // Others may read what this one does not.
        if (!topics.includes(topic)) await cluster.addTargetTopic(topic).catch(() => {})
        const found = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)
        partitions.set(topic, found)
      }
      return [...shareOut(all, partitions)].map(([memberId, share]) => ({
        memberId,
        memberAssignment: encodeAssignment(share),
      }))
    },
    protocol({ topics }) {
      if (name === names[0]) joining()
      return { name, metadata: encodeSubscription({ topics, ...own() }) }
    },
  }))
}

/**
 * Shares the partitions out: of each topic every member that reads it gets as many as any other, give or take one, and who
 * reads the same topics has as many in all, give or take one. As far as that allows, each keeps what it had. One that leaves
 * keeps what it has in hand, and gets no more while there are others.
 */
export function shareOut(
  members: readonly GroupMember[],
  partitions: PartitionsByTopic,
): Map<string, Map<string, number[]>> {
  const byId = members.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const shares = new Map(byId.map(({ id }) => [id, new Map<string, number[]>()]))
  const totals = new Map(byId.map(({ id }) => [id, 0]))
  for (const topic of [...partitions.keys()].toSorted()) {
    const all = byId.filter(({ topics }) => topics.includes(topic))
    if (all.length === 0) continue
    const free = new Set(partitions.get(topic))
    const staying = all.filter(({ isLeaving }) => !isLeaving)
    const readers = staying.length > 0 ? staying : all
    for (const { id, owned } of all.filter((one) => !readers.includes(one))) {
      const kept = claimed(owned.get(topic), free)
      if (kept.length > 0) shares.get(id)!.set(topic, kept)
    }
    const had = new Map(readers.map(({ id, owned }) => [id, claimed(owned.get(topic), free)]))
    const count = free.size + [...had.values()].reduce((sum, numbers) => sum + numbers.length, 0)
    const least = Math.floor(count / readers.length)
    const keepsMore = (id: string): number => (had.get(id)!.length > least ? 0 : 1)
    const luckyOnes = readers
      .map(({ id }) => id)
      .toSorted((a, b) => totals.get(a)! - totals.get(b)! || keepsMore(a) - keepsMore(b))
      .slice(0, count % readers.length)
    const quota = (id: string): number => least + (luckyOnes.includes(id) ? 1 : 0)

    for (const [id, numbers] of had) for (const number of numbers.splice(quota(id))) free.add(number)
    const rest = [...free].toSorted((a, b) => b - a)
    for (const [id, numbers] of had) {
      while (numbers.length < quota(id)) numbers.push(rest.pop()!)
      totals.set(id, totals.get(id)! + numbers.length)
      if (numbers.length > 0)
        shares.get(id)!.set(
          topic,
          numbers.toSorted((a, b) => a - b),
        )
    }
  }
  return shares
}

/** Those of a member's partitions that exist and that no one before it has taken; they are free no more. */
function claimed(numbers: readonly number[] | undefined, free: Set<number>): number[] {
  return (numbers ?? []).filter((number) => free.delete(number)).toSorted((a, b) => a - b)
}
