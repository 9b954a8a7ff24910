import type { Connection } from '../../../lib/http2/connection.ts'
import { Http2Error } from '../../../lib/http2/error.ts'
import type { HeaderBlock } from '../../../lib/http2/header-block.ts'
import type { StreamListener } from '../../../lib/http2/stream-face.ts'
import type { HeaderPlan } from './fields.ts'
import { octetAt, type Message, type Party } from './party.ts'
import type { Random } from './random.ts'
import { makeSteps, reset } from './steps.ts'

/** One application on one end of the pipe: its parties, and what it heard. */
export class Side {
  connection!: Connection
  readonly parties: Party[] = []
  readonly faults: unknown[] = []
  closes = 0
  closeError: Http2Error | undefined
  /** What comes is consumed at once, and nothing new is begun. */
  frozen = false
  readonly trace: string[]
  readonly random: Random
  readonly role: 'client' | 'server'

  constructor(role: 'client' | 'server', random: Random, trace: string[]) {
    this.role = role
    this.random = random
    this.trace = trace
  }

  note(text: string): void {
    this.trace.push(`${this.role} ${text}`)
  }

  /** Parties that have something to do now. */
  ready(): Party[] {
    return this.parties.filter((party) => party.closes === 0 && (party.owed > 0 || canStep(party)))
  }

  /** A random party does the next thing that it has to do. */
  act(): void {
    const ready = this.ready()
    if (ready.length === 0) return
    const party = this.random.pick(ready)
    if (party.owed > 0 && (this.random.chance(0.5) || !canStep(party))) this.consumeSome(party)
    else party.steps.shift()!()
  }

  consumeSome(party: Party, size = this.random.between(1, party.owed)): void {
    party.owed -= size
    party.stream.consume(size)
  }

  listen(party: Party): StreamListener {
    const { got } = party
    const other = (): Party => {
      if (!party.other) throw new Error(`${party.name} hears of a stream that the other side does not know`)
      return party.other
    }
    const alive = (what: string): void => {
      if (party.closes > 0) throw new Error(`${party.name}: ${what} behind onClose`)
      if (got.ended) throw new Error(`${party.name}: ${what} behind the end`)
    }
    return {
      onInterim: (_, block) => {
        alive('onInterim')
        this.compare(party, block, other().sent.interims[got.interims.length])
        got.interims.push(other().sent.interims[got.interims.length]!)
      },
      onHeaders: (_, block) => {
        alive('onHeaders')
        if (got.headers || got.interims.length !== other().sent.interims.length)
          throw new Error(`${party.name}: onHeaders twice, or before an interim response`)
        this.compare(party, block, other().sent.headers)
        got.headers = other().sent.headers
        this.cancelAt(party, 'headers')
      },
      onData: (_, octets) => {
        alive('onData')
        this.takeData(party, other().sent, octets)
      },
      onEnd: (_, block) => {
        alive('onEnd')
        const { sent } = other()
        if (!sent.ended || sent.octets !== got.octets || !block !== !sent.trailers)
          throw new Error(
            `${party.name}: onEnd after ${got.octets} of ${sent.octets} octets, trailers: ${!!block}`,
          )
        if (block) this.compare(party, block, sent.trailers)
        got.trailers = sent.trailers
        got.ended = true
        this.note(`${party.stream.id} end`)
        this.cancelAt(party, 'end')
        if (party.role === 'server' && party.plan.late && party.closes === 0) makeSteps(this, party)
      },
      onDrain: (stream) => {
        if (party.closes > 0) throw new Error(`${party.name}: onDrain behind onClose`)
        if (stream.queued > 0) throw new Error(`${party.name}: onDrain while ${stream.queued} octets wait`)
        party.waitsForDrain = false
        // What is written now comes in the middle of the engine's own writing.
        if (this.random.chance(0.3)) party.steps.shift()?.()
      },
      onClose: (stream, error) => {
        party.closes++
        party.error = error
        party.owed = 0
        party.steps.length = 0
        this.note(
          `${stream.id} close ${error ? `${error.code} ${error.scope} ${error.remote} ${error.unprocessed}` : ''}`,
        )
        this.onPartyClose(party)
      },
    }
  }

  /** For whoever tries again. */
  onPartyClose(_party: Party): void {}

  /** Checks headers that came against those that were sent. */
  compare(party: Party, block: HeaderBlock, wanted: HeaderPlan | undefined): void {
    const never = [...new Set(block.neverIndexed)].toSorted().join(' ')
    this.note(`${party.stream.id} ${block.kind} ${JSON.stringify(block.fields)} ${never}`)
    if (!wanted) throw new Error(`${party.name}: a ${block.kind} block came that nobody has sent`)
    const fields = JSON.stringify(block.fields)
    if (fields !== JSON.stringify(wanted.fields))
      throw new Error(`${party.name}: ${fields} came where ${JSON.stringify(wanted.fields)} was sent`)
    if (never !== wanted.never.join(' '))
      throw new Error(
        `${party.name}: never indexed came ${never || 'nothing'}, sent was ${wanted.never.join(' ') || 'nothing'}`,
      )
  }

  private takeData(party: Party, sent: Message, octets: Buffer): void {
    const { got, plan } = party
    const from = party.role === 'client' ? 'server' : 'client'
    for (let i = 0; i < octets.length; i++) {
      if (octets[i] !== octetAt(plan.index, from, got.octets + i))
        throw new Error(`${party.name}: octet ${got.octets + i} of the body is ${octets[i]}`)
    }
    got.octets += octets.length
    if (got.octets > sent.octets) throw new Error(`${party.name}: more octets than were sent`)
    this.note(`${party.stream.id} data ${octets.length}`)
    party.owed += octets.length
    if (this.frozen) this.consumeSome(party, party.owed)
    else if (this.random.chance(0.3)) this.consumeSome(party)
    if (party.closes === 0) this.cancelAt(party, 'data')
  }

  private cancelAt(party: Party, at: 'headers' | 'data' | 'end'): void {
    if (party.cancel?.at === at && !this.frozen) reset(this, party, party.cancel.code)
  }
}

function canStep(party: Party): boolean {
  return party.steps.length > 0 && !party.waitsForDrain
}
