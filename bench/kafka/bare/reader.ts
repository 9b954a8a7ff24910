import kafkajs, { type Consumer, type Kafka, type KafkaMessage, type PartitionAssigner } from 'kafkajs'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol

/** Gives the one member of a group this partition: kafkajs has no assignment by hand. */
const only =
  (topic: string, partition: number): PartitionAssigner =>
  () => ({
    name: 'only',
    version: 0,
    assign: async ({ members }) =>
      members.map(({ memberId }) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: 0,
          assignment: { [topic]: [partition] },
          userData: Buffer.alloc(0),
        }),
      })),
    protocol: ({ topics }) => ({
      name: 'only',
      metadata: MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }),
    }),
  })

/** Reads one partition from its end on, in a group of one. Resolves when nothing that is sent to it is missed. */
export const readPartition = async (
  kafka: Kafka,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  onMessage: (message: KafkaMessage) => void,
): Promise<Consumer> => {
  const admin = kafka.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  let next = ends.find((end) => end.partition === partition)!.offset
  const consumer = kafka.consumer({
    groupId: `${topic}.${process.pid}.${Date.now()}`,
    partitionAssigners: [only(topic, partition)],
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 1_000,
  })
  const { GROUP_JOIN, FETCH_START } = consumer.events
  consumer.on(GROUP_JOIN, () => consumer.seek({ topic, partition, offset: next }))
  const fetching = new Promise<void>((resolve) => consumer.on(FETCH_START, () => resolve()))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch: { messages } }) => {
      next = String(Number(messages.at(-1)!.offset) + 1)
      for (const message of messages) onMessage(message)
    },
  })
  await fetching
  return consumer
}
