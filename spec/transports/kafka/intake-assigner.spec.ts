import fc from 'fast-check'
import { AssignerProtocol, type Cluster, type Logger } from 'kafkajs'
import { expect, it } from 'vitest'
import { createAssigners, shareOut, type GroupMember } from '../../../lib/transports/kafka/intake/assigner.ts'
import { decodeSubscription, encodeSubscription } from '../../../lib/transports/kafka/group-bytes.ts'

type Numbers = ReadonlyMap<string, readonly number[]>

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

const partitionsOf = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(12)), {
    selector: ([topic]) => topic,
    minLength: 1,
  })
  .map((topics): Numbers => new Map(topics.map(([topic, count]) => [topic, numbers(count)])))

const ownedOf = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'gone'), fc.array(fc.nat(15))))
  .map((topics): Numbers => new Map(topics))

const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 7 })

/** Every partition that has a reader, given to one of them, and as many of each topic to each, give or take one. */
function expectFair(
  members: readonly GroupMember[],
  partitions: Numbers,
  shares: ReturnType<typeof shareOut>,
) {
  expect([...shares.keys()].toSorted()).toStrictEqual(members.map(({ id }) => id).toSorted())
  for (const [topic, all] of partitions) {
    const readers = members.filter(({ topics }) => topics.includes(topic))
    const given = [...shares].map(([id, share]) => ({ id, numbers: share.get(topic) ?? [] }))
    expect(given.flatMap((one) => one.numbers).toSorted((a, b) => a - b)).toStrictEqual(
      readers.length > 0 ? all : [],
    )
    const counts = given
      .filter(({ id }) => readers.some((one) => one.id === id))
      .map((one) => one.numbers.length)
    if (counts.length > 0) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
  }
}

const totals = (shares: ReturnType<typeof shareOut>): number[] =>
  [...shares.values()].map((share) => [...share.values()].flat().length)

it('every partition goes to one member that reads its topic, as many to each, whatever they say they had', () => {
  const member = fc.record({ topics: fc.subarray(['a', 'b', 'c', 'd']), owned: ownedOf })
  fc.assert(
    fc.property(
      ids,
      fc.array(member, { minLength: 7, maxLength: 7 }),
      partitionsOf,
      (names, some, partitions) => {
        const members = names.map((id, i): GroupMember => ({ id, ...some[i]! }))
        expectFair(members, partitions, shareOut(members, partitions))
      },
    ),
  )
})

it('members that read the same have as many in all, and nothing moves while nobody comes or goes', () => {
  fc.assert(
    fc.property(
      ids,
      fc.array(ownedOf, { minLength: 7, maxLength: 7 }),
      partitionsOf,
      (names, had, partitions) => {
        const topics = [...partitions.keys()]
        const first = shareOut(
          names.map((id, i) => ({ id, topics, owned: had[i]! })),
          partitions,
        )
        expect(Math.max(...totals(first)) - Math.min(...totals(first))).toBeLessThanOrEqual(1)
        const again = shareOut(
          names.map((id) => ({ id, topics, owned: first.get(id)! })),
          partitions,
        )
        expect(again).toStrictEqual(first)
      },
    ),
  )
})

it('of one topic, only what a new member gets moves, and only what a lost one had', () => {
  fc.assert(
    fc.property(ids, fc.nat(30), (names, count) => {
      const partitions = new Map([['a', numbers(count)]])
      const [newcomer, ...old] = names
      fc.pre(old.length > 0)
      const memberOf = (id: string, owned: Numbers = new Map()) => ({ id, topics: ['a'], owned })
      const before = shareOut(
        old.map((id) => memberOf(id)),
        partitions,
      )
      const joined = shareOut(
        [...old.map((id) => memberOf(id, before.get(id))), memberOf(newcomer!)],
        partitions,
      )
      for (const id of old)
        expect(before.get(id)!.get('a') ?? []).toEqual(expect.arrayContaining(joined.get(id)!.get('a') ?? []))
      const left = shareOut(
        old.map((id) => memberOf(id, joined.get(id))),
        partitions,
      )
      for (const id of old)
        expect(left.get(id)!.get('a') ?? []).toEqual(expect.arrayContaining(joined.get(id)!.get('a') ?? []))
    }),
  )
})

it('its bytes are those of kafkajs, and what other clients say of themselves is understood as far as it goes', async () => {
  const { MemberMetadata, MemberAssignment } = AssignerProtocol
  const added: string[] = []
  const cluster = {
    addTargetTopic: async (topic: string) => void added.push(topic),
    findTopicPartitionMetadata: (topic: string) =>
      topic === 'gone' ? [] : numbers(4).map((partitionId) => ({ partitionId })),
  } as unknown as Cluster
  const make = (owned: Numbers) =>
    createAssigners(
      () => ({ owned }),
      () => {},
    ).map((assigner) => assigner({ cluster, groupId: 'g', logger: undefined as unknown as Logger }))
  const assigners = make(new Map([['bücher', [3, 1]]]))
  expect(assigners.map(({ name }) => name)).toStrictEqual(['microapi-sticky', 'range', 'roundrobin'])

  const ours = assigners[0]!.protocol({ topics: ['bücher', 'b'] })
  expect(MemberMetadata.decode(ours.metadata)).toMatchObject({ version: 0, topics: ['bücher', 'b'] })
  const theirs = MemberMetadata.encode({
    version: 0,
    topics: ['bücher', 'gone'],
    userData: Buffer.from('what else'),
  })
  expect(decodeSubscription(theirs)).toStrictEqual({ topics: ['bücher', 'gone'], owned: new Map() })
  // librdkafka's userData is null, and there is more behind it.
  const newer = Buffer.concat([theirs.subarray(0, -13), Buffer.from('ffffffff0000000000000007', 'hex')])
  expect(decodeSubscription(newer).topics).toStrictEqual(['bücher', 'gone'])
  for (let end = 0; end < ours.metadata.length; end++) decodeSubscription(ours.metadata.subarray(0, end))

  const shares = await assigners[0]!.assign({
    members: [
      { memberId: 'x', memberMetadata: theirs },
      { memberId: 'y', memberMetadata: ours.metadata },
    ],
    topics: ['bücher', 'b'],
  })
  expect(added).toStrictEqual(['gone'])
  const given = shares.map(({ memberId, memberAssignment }) => [
    memberId,
    MemberAssignment.decode(memberAssignment)!.assignment,
  ])
  expect(Object.fromEntries(given)).toEqual({ x: { bücher: [0, 2] }, y: { bücher: [1, 3], b: [0, 1, 2, 3] } })
})

it('who leaves keeps what it has in hand, and the others have all the rest', () => {
  const read = { topics: ['a', 'b'] }
  const members: GroupMember[] = [
    { id: 'x', ...read, owned: new Map([['a', [2]]]), isLeaving: true },
    { id: 'y', ...read, owned: new Map([['a', [0]]]) },
    { id: 'z', ...read, owned: new Map() },
  ]
  const partitions = new Map([
    ['a', numbers(5)],
    ['b', numbers(2)],
  ])
  const shares = shareOut(members, partitions)
  expect(shares.get('x')).toStrictEqual(new Map([['a', [2]]]))
  expectFair(members.slice(1), new Map([...partitions, ['a', [0, 1, 3, 4]]]), new Map([...shares].slice(1)))
  expect(shares.get('y')!.get('a')).toContain(0)
})

it('where all leave they share as before', () => {
  const members = ['x', 'y'].map((id): GroupMember => ({
    id,
    topics: ['a'],
    owned: new Map(),
    isLeaving: true,
  }))
  expectFair(members, new Map([['a', numbers(5)]]), shareOut(members, new Map([['a', numbers(5)]])))
})

it('that a member leaves survives the way to the leader', () => {
  const said = { topics: ['a'], owned: new Map([['a', [1, 2]]]), isLeaving: true }
  expect(decodeSubscription(encodeSubscription(said))).toStrictEqual(said)
  expect(decodeSubscription(encodeSubscription({ ...said, isLeaving: false }))).toStrictEqual({
    topics: said.topics,
    owned: said.owned,
  })
})
