import { sensitiveByDefault } from '../../../lib/http2/hpack/sensitive.ts'
import { Random } from '../simulation/random.ts'
import { checkBounds, checkOutput, checkState } from './check.ts'
import { record, type Conversation } from './conversations.ts'
import { damage } from './mutate.ts'
import { Subject } from './subject.ts'

const conversations: readonly Conversation[] = [record(10), record(300), record(2_500)]
const probe = Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0, 0xf0, 0x0f, 1, 2, 3, 4, 5, 6])

/** Damages a conversation by a seed and feeds it to a server or a client; tells how it ended. Throws what does not hold. */
export function fuzz(seed: number): string {
  const random = new Random(seed)
  const role = random.chance(0.6) ? 'server' : 'client'
  const { client, server } = random.pick(conversations)
  const [own, others] = role === 'server' ? [client, server] : [server, client]
  return feed(role, damage(random, own, random.chance(0.95) ? own : others, role === 'server'), random)
}

/** Feeds octets as a whole and in pieces, with caches and without: what comes of it is always the same. */
function feed(role: 'server' | 'client', input: Buffer, random: Random): string {
  const whole = new Subject(role)
  forgetful(whole)
  whole.connection.receive(Buffer.from(input))
  finish(whole, input)
  const cut = new Subject(role)
  const most = random.pick([3, 40, 200, 1_000, 1_000, 20_000])
  for (let at = 0, count = 0; at < input.length; count++) {
    const piece = Buffer.from(input.subarray(at, at + random.between(1, most)))
    at += piece.length
    cut.connection.receive(piece)
    piece.fill(0xaa)
    if (most > 3 || count % 16 === 0) checkBounds(cut)
    if (cut.connection.closed) break
  }
  const verdict = finish(cut, input)
  if (!whole.output().equals(cut.output()))
    throw new Error('cut into pieces, or with caches, it gives other octets')
  const events = cut.events.filter((event) => !/^\d+ data/.test(event)).join('\n')
  if (events !== whole.events.filter((event) => !/^\d+ data/.test(event)).join('\n'))
    throw new Error('cut into pieces, or with caches, it gives other events')
  return verdict
}

/** All checks at the end, then the loss of the connection. */
function finish(subject: Subject, input: Buffer): string {
  const { connection } = subject
  checkBounds(subject)
  checkState(subject)
  checkOutput(subject, input)
  const { incoming, closed, ready } = connection
  if (!closed && ready && !incoming.partial && !incoming.headers) {
    const before = subject.output().length
    const { pings } = connection.flood
    connection.receive(Buffer.from(probe))
    const answer = subject.output().subarray(before)
    const wanted = Buffer.from(probe)
    wanted[4] = 1
    // One too many is no answer's worth.
    if (!answer.equals(wanted) && pings < 200)
      throw new Error(`alive, and answers ${answer.toString('hex')} to a PING`)
  }
  const verdict = subject.error?.code ?? (connection.closed ? 'NO_ERROR' : 'alive')
  connection.lost(new Error('the input ends'))
  connection.lost()
  if (subject.connectionCloses !== 1)
    throw new Error(`onClose of the connection came ${subject.connectionCloses} times`)
  for (const [stream, closes] of subject.closes)
    if (closes !== 1) throw new Error(`onClose of stream ${stream.id} came ${closes} times`)
  if (connection.streams.size + connection.waiting.size > 0) throw new Error('streams are left')
  if (subject.faults.length > 0) throw new Error('onFault at the end', { cause: subject.faults[0] })
  return verdict
}

function forgetful({ connection: { blocks, templates } }: Subject): void {
  blocks.find = () => undefined
  templates.write = (encoder, list, out, at) => encoder.encode(list.fields, out, at, true, sensitiveByDefault)
}
