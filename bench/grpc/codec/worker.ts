import { answerParent } from '../../harness/processes.ts'
import { holds } from '../../harness/holds.ts'
import { citiesUpTo, cityOf } from '../../data/city.ts'
import type { Codec } from './codec.ts'

/** What a codec's process is asked: how many messages it writes or reads a second, over so many milliseconds. */
export interface Question {
  readonly do: 'encode' | 'decode'
  readonly ms: number
}

/** City 7 as protoc writes it, in base64. */
const CITY_7 =
  'CAcSCk5vdmkgU2FkIDcaAlJTIgnDmmp2aWTDqWsiB05ldXNhdHoiCU5lb3BsYW50YSoSCbmNBvAWoEZAEZqZmZmZ2TNA' +
  'MJn4EDhQQAFKD0V1cm9wZS9CZWxncmFkZVIUMjAyNC0wNS0xN1QwOTozMDowMFo='

/** All cities as messages and as octets. Throws unless they are right, and each comes back as it was. */
const prepare = <Message>(codec: Codec<Message>) => {
  const messages = Array.from(citiesUpTo(1_000), codec.from)
  // Copies, since memory may be shared.
  const octets = messages.map((message) => Buffer.from(codec.encode(message)))
  const seventh = octets[7]!.toString('base64')
  if (seventh !== CITY_7) throw new Error(`wrong octets: ${seventh} for ${CITY_7}`)
  for (const [id, each] of octets.entries()) {
    const city = codec.to(codec.decode(each))
    if (!holds(city, cityOf(id))) throw new Error(`wrong answer: ${JSON.stringify(city)} for city ${id}`)
  }
  let kept: unknown
  const work = {
    encode: () => messages.forEach((message) => (kept = codec.encode(message))),
    decode: () => octets.forEach((each) => (kept = codec.decode(each))),
  }
  return { size: messages.length, work, kept: () => kept }
}

// Each in a process of its own: protobufjs is told otherwise about 64-bit integers by one than by another.
const codecs: Record<string, () => Promise<ReturnType<typeof prepare>>> = {
  ours: async () => prepare((await import('./ours.ts')).codec),
  protobufjs: async () => prepare((await import('./protobufjs.ts')).codec),
  'protobuf-es': async () => prepare((await import('./protobuf-es.ts')).codec),
}
let prepared: Promise<ReturnType<typeof prepare>> | undefined

answerParent(async (question: Question): Promise<number> => {
  prepared ??= codecs[process.argv[2]!]!()
  const { size, work, kept } = await prepared
  const start = performance.now()
  let done = 0
  for (let now = start; now - start < question.ms; now = performance.now()) {
    work[question.do]()
    done += size
  }
  if (kept() === undefined) throw new Error('nothing was made')
  return (done / (performance.now() - start)) * 1e3
})
