import type { Call } from '../../../core/call.ts'
import { RpcError } from '../../../core/errors.ts'
import { isIterable } from '../../../core/iterate.ts'
import { markNeverRan, neverRan } from '../../../core/never-ran.ts'
import type { Balancer, Tried } from './balancer.ts'
import { ClientCall, type CallLimits } from '../client-call.ts'
import type { Settle } from '../client-reply.ts'
import { createReplay, type Replay } from './replay.ts'
import { createPauses } from './pauses.ts'
import type { Sender } from './sender.ts'
import type { Subchannel } from './subchannel.ts'
import type { Target } from '../targets.ts'
import { wasClosed } from './was-closed.ts'

/** A call that looks for an address. */
interface Search {
  readonly call: Call
  readonly target: Target
  readonly settle: Settle
  /** Its input, where that is a stream. */
  readonly replay: Replay | undefined
  /** Where it has been in vain. */
  readonly tried: Tried | undefined
}

/** Sends each call to an address that is ready. One that certainly never ran there goes on to the next by itself. */
export function balancedSender(balancer: Balancer, limits: CallLimits): Sender {
  const pauses = createPauses()
  let closed = false
  const find = (search: Search): void => {
    const { call, tried } = search
    const to = closed ? undefined : balancer.next(tried)
    if (to) return sendTo(to, search)
    const ms = closed || tried || call.lifetime.reason ? 0 : untilHope(balancer)
    if (ms > 0) return pauses.wait(call.lifetime, ms, () => find(search))
    balancer.wait(call.lifetime, tried, (found) => {
      if (found) return sendTo(found, search)
      search.replay?.end()
      search.settle.reject(call.lifetime.reason ?? (closed ? wasClosed() : nobody(balancer, tried)))
    })
  }
  const sendTo = (to: Subchannel, search: Search): void => {
    const { call, target, settle } = search
    const reject = (error: RpcError): void => {
      const next = closed ? undefined : onward(search, to, error)
      if (next) find(next)
      else settle.reject(error)
    }
    new ClientCall(call, target.codec, limits, { resolve: settle.resolve, reject }).send(
      to.client,
      target.headers[to.index]!,
    )
  }
  return {
    send(call, target, settle) {
      if (!isIterable(call.input)) return find({ call, target, settle, replay: undefined, tried: undefined })
      const replay = createReplay(call.input)
      find({ call: call.with({}, { input: replay.again() }), target, settle, replay, tried: undefined })
    },
    close() {
      closed = true
      pauses.end()
      return balancer.close()
    },
  }
}

/** Until all addresses may be tried, in ms; 0 where one may be hoped for already. */
function untilHope({ subchannels }: Balancer): number {
  const all = subchannels.map((one) => one.attemptInMs)
  return all.includes(0) ? 0 : Math.max(...all)
}

/** The search of a call that has not run at an address; undefined where it cannot go on. */
function onward(search: Search, from: Subchannel, error: RpcError): Search | undefined {
  const { call, replay } = search
  if (error.code !== 'UNAVAILABLE' || !neverRan(error) || call.lifetime.reason !== undefined) return undefined
  const tried = new Map(search.tried).set(from, error.message)
  if (!replay) return { ...search, tried }
  const input = replay.again()
  return input && { ...search, tried, call: call.with({}, { input }) }
}

function nobody({ subchannels }: Balancer, tried: Tried | undefined): RpcError {
  const whys = subchannels.map((one) => `${one.name}: ${tried?.get(one) ?? one.reason}`)
  return markNeverRan(new RpcError('UNAVAILABLE', `no server takes the call: ${whys.join('; ')}`))
}
