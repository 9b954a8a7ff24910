import type { Http2Error, Http2ErrorCode } from '../../../lib/http2/error.ts'
import type { Stream } from '../../../lib/http2/stream.ts'
import type { HeaderPlan } from './fields.ts'
import type { CancelPlan, MessagePlan, Plan } from './plan.ts'

/** What one side has sent, or received, on a stream. */
export interface Message {
  readonly interims: HeaderPlan[]
  headers: HeaderPlan | undefined
  octets: number
  trailers: HeaderPlan | undefined
  ended: boolean
}

/** One side of one exchange, as the model knows it. */
export class Party {
  readonly role: 'client' | 'server'
  readonly plan: Plan
  readonly message: MessagePlan
  readonly cancel: CancelPlan | undefined
  readonly sent = emptyMessage()
  readonly got = emptyMessage()
  stream!: Stream
  /** The other side, once the stream has come to be known there. */
  other: Party | undefined
  /** What is still to be done, in order. */
  readonly steps: (() => void)[] = []
  waitsForDrain = false
  /** Received and not consumed yet. */
  owed = 0
  /** How this side has reset the stream itself. */
  ownReset: Http2ErrorCode | undefined
  closes = 0
  error: Http2Error | undefined

  constructor(role: 'client' | 'server', plan: Plan) {
    this.role = role
    this.plan = plan
    this.message = role === 'client' ? plan.request : plan.response
    this.cancel = role === 'client' ? plan.clientCancel : plan.serverCancel
  }

  get name(): string {
    return `${this.role} of stream ${this.stream.id} (plan ${this.plan.index})`
  }
}

/** The octet at a place of a body: 7 bits, so that it may be sent as text. */
export function octetAt(index: number, role: 'client' | 'server', place: number): number {
  return (index * 31 + (role === 'client' ? 5 : 77) + place * 7 + (place >> 7) * 13) & 0x7f
}

/** Part of a body. */
export function octetsOf(party: Party, size: number): Buffer {
  const octets = Buffer.allocUnsafe(size)
  for (let i = 0; i < size; i++) octets[i] = octetAt(party.plan.index, party.role, party.sent.octets + i)
  return octets
}

function emptyMessage(): Message {
  return { interims: [], headers: undefined, octets: 0, trailers: undefined, ended: false }
}
