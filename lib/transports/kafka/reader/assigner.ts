import type { PartitionAssigner } from 'kafkajs'
import { encodeAssignment, encodeSubscription, type PartitionsByTopic } from '../group-bytes.ts'

const name = 'microapi-own'

/** An assigner for a group of one member, to which it gives just these partitions. */
export function assignerOf(partitions: PartitionsByTopic): PartitionAssigner {
  const memberAssignment = encodeAssignment(partitions)
  return () => ({
    name,
    version: 0,
    protocol: ({ topics }) => ({ name, metadata: encodeSubscription({ topics, owned: new Map() }) }),
    assign: async ({ members }) => members.map(({ memberId }) => ({ memberId, memberAssignment })),
  })
}
