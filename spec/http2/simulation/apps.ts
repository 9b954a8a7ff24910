import { Http2Error } from '../../../lib/http2/error.ts'
import type { Stream } from '../../../lib/http2/stream.ts'
import { Party } from './party.ts'
import type { Plan } from './plan.ts'
import { Side } from './side.ts'
import { makeSteps, reset } from './steps.ts'

const mostAttempts = 20

/** Sends the requests of its plans, and again those that were never begun. */
export class ClientSide extends Side {
  readonly plans: Plan[] = []
  readonly attempts = new Map<Plan, number>()

  /** Opens the next stream. */
  open(): void {
    const plan = this.plans.shift()
    if (plan) this.request(plan)
  }

  /** The party whose stream has this id. */
  find(id: number): Party {
    const found = this.parties.find(({ stream }) => stream.id === id)
    if (!found) throw new Error(`the server hears of stream ${id}, which no client has opened`)
    return found
  }

  override onPartyClose(party: Party): void {
    const { error, plan } = party
    if (error?.unprocessed !== true || party.ownReset || error.code === 'ENHANCE_YOUR_CALM') return
    this.request(plan)
  }

  private request(plan: Plan): void {
    const attempts = (this.attempts.get(plan) ?? 0) + 1
    this.attempts.set(plan, attempts)
    if (attempts > mostAttempts) throw new Error(`plan ${plan.index} was refused ${mostAttempts} times`)
    const party = new Party('client', plan)
    const { headers } = plan.request
    const end = plan.request.end === 'headers'
    party.sent.headers = headers
    party.sent.ended = end
    const tooLarge = headers.size > this.connection.peer.maxHeaderListSize
    try {
      const listener = this.listen(party)
      party.stream = this.connection.request(headers.init, { ...headers.options, end, listener })
    } catch (error) {
      const fine =
        error instanceof Http2Error && (error.code === 'REFUSED_STREAM' ? this.isEnding() : tooLarge)
      if (!fine) throw error
      return
    }
    // It may have been refused in the meantime, and heard of that.
    this.parties.push(party)
    makeSteps(this, party)
    if (!plan.clientAtOnce) return
    while (party.steps.length > 0 && party.closes === 0) party.steps.shift()!()
  }

  private isEnding(): boolean {
    return this.connection.closed || this.connection.draining
  }
}

/** Answers requests as their plans say. */
export class ServerSide extends Side {
  client!: ClientSide

  onStream(stream: Stream): void {
    const asker = this.client.find(stream.id)
    if (asker.other) throw new Error(`stream ${stream.id} has come twice`)
    const party = new Party('server', asker.plan)
    party.stream = stream
    party.other = asker
    asker.other = party
    this.parties.push(party)
    stream.listener = this.listen(party)
    this.compare(party, stream.headers!, asker.sent.headers)
    party.got.headers = asker.sent.headers
    const complete = stream.remoteEnded
    if (!party.plan.late) makeSteps(this, party)
    if (party.cancel?.at === 'headers') reset(this, party, party.cancel.code)
    if (!party.plan.serverAtOnce) return
    while (party.steps.length > 0 && party.closes === 0) party.steps.shift()!()
    // It has answered before it could hear of the end.
    if (party.closes > 0 && complete) party.got.ended = true
  }
}
