import { createCall } from '../../../../lib/core/create-call.ts'
import type { Reply } from '../../../../lib/core/call.ts'
import { deadlineExceeded } from '../../../../lib/core/deadline.ts'
import { RpcError, toRpcError } from '../../../../lib/core/errors.ts'
import { isIterable, iterate } from '../../../../lib/core/iterate.ts'
import { takesStream } from '../../../../lib/core/kind.ts'
import type { Lifetime } from '../../../../lib/core/lifetime.ts'
import { createMetadata } from '../../../../lib/core/metadata.ts'
import { simService } from './methods.ts'
import { assertItem, itemOf } from './plan.ts'
import type { Record } from './record.ts'
import type { World } from './world.ts'

/** Makes a call as its plan says, and notes what comes of it. Never rejects. */
export async function makeCall(world: World, record: Record): Promise<void> {
  const { plan } = record
  const { clock } = world
  if (plan.startMs > 0) await clock.sleep(plan.startMs)
  const streams = takesStream(plan.kind)
  const call = createCall({
    service: simService,
    method: plan.kind,
    kind: plan.knowsKind ? plan.kind : undefined,
    input: streams ? messages(world, record) : itemOf(plan.index, 0, plan.input[0]!),
    metadata: createMetadata({ plan: `${plan.index}` }),
    deadline: plan.timeoutMs === undefined ? undefined : clock.now() + plan.timeoutMs,
    peer: { transport: 'simulation' },
  })
  const { lifetime } = call
  if (!streams) record.sent++
  // What still comes then is held by nobody.
  lifetime.onCancel(() => world.down.askForAll(plan.index))
  const timers = [
    at(world, plan.timeoutMs, () => {
      record.late = true
      lifetime.cancel(deadlineExceeded())
    }),
    at(world, plan.cancelMs, () => {
      record.cancelled = true
      lifetime.cancel(new RpcError('CANCELLED', 'as planned'))
    }),
  ]
  try {
    const reply = await world.client.invoke(call)
    if (isIterable(reply.output)) await readAll(world, record, reply.output, lifetime)
    else take(record, reply.output)
    if (!record.left) checkMetadata(world, reply, plan.index)
  } catch (error) {
    if (!(error instanceof RpcError)) record.fault ??= (error as Error).message
    record.error = toRpcError(error)
    lifetime.cancel(record.error)
  }
  record.ends++
  world.down.askForAll(plan.index)
  for (const stop of timers) stop?.()
  lifetime.finish(record.error)
}

function at({ clock }: World, ms: number | undefined, run: () => void): (() => void) | undefined {
  return ms === undefined ? undefined : clock.after(ms, run)
}

/** What the client sends. */
function messages(world: World, record: Record): AsyncIterable<unknown> | Iterable<unknown> {
  const { plan } = record
  if (plan.sendsArray) {
    record.sent = plan.input.length
    return plan.input.map((size, n) => itemOf(plan.index, n, size))
  }
  return (async function* () {
    record.isSending = true
    try {
      for (const [n, size] of plan.input.entries()) {
        await world.pace(plan.sendPace)
        if (plan.sendFailsAfter === n) {
          record.sendFailed = true
          world.down.askForAll(plan.index)
          throw new RpcError('DATA_LOSS', 'as planned')
        }
        record.sent++
        yield itemOf(plan.index, n, size)
      }
    } finally {
      record.isSending = false
    }
  })()
}

async function readAll(
  world: World,
  record: Record,
  output: AsyncIterable<unknown> | Iterable<unknown>,
  lifetime: Lifetime,
): Promise<void> {
  const { plan } = record
  const items = iterate(output, { abort: (abort) => lifetime.onCancel(abort) })
  for (;;) {
    if (record.got >= plan.leaveAfter) {
      record.left = true
      lifetime.cancel(new RpcError('CANCELLED', 'the reader has left'))
      await items.return!()
      return
    }
    await world.pace(plan.readPace)
    world.down.ask(plan.index)
    const result = await items.next()
    if (result.done === true) return
    take(record, result.value)
  }
}

function take(record: Record, item: unknown): void {
  const { plan } = record
  assertItem(item, plan.index, record.got, plan.echoes ? plan.input : plan.output)
  record.got++
}

function checkMetadata({ negotiated }: World, { header, trailer }: Reply, index: number): void {
  // Without the agreement all of it comes at the end.
  const begin = negotiated ? header : trailer
  if (begin.get('header') !== `${index}`) throw new Error('the header is missing')
  if (trailer.get('trailer') !== `${index}`) throw new Error('the trailer is missing')
}
