import type { Call, Reply } from '../../../../lib/core/call.ts'
import { replyTo } from '../../../../lib/core/create-call.ts'
import { deadlineExceeded } from '../../../../lib/core/deadline.ts'
import { RpcError } from '../../../../lib/core/errors.ts'
import { iterate } from '../../../../lib/core/iterate.ts'
import { givesStream, takesStream } from '../../../../lib/core/kind.ts'
import { assertItem, itemOf, type Plan } from './plan.ts'
import type { Record } from './record.ts'
import type { World } from './world.ts'

type Items = AsyncIterableIterator<unknown, undefined, void>

/** Runs the handler of a call, with a deadline and a cancellation as a server's guard gives it. */
export function serve(world: World, call: Call): Promise<Reply> {
  const record = world.records[Number(call.metadata.get('plan'))]!
  const { plan } = record
  const { lifetime, deadline } = call
  const { clock } = world
  record.runs++
  record.lifetimes.push(lifetime)
  world.running++
  const late = (): void => {
    record.late = true
    lifetime.cancel(deadlineExceeded())
  }
  const disarm = deadline === undefined ? undefined : clock.after(Math.max(0, deadline - clock.now()), late)
  const abort = (): void => {
    record.aborted = true
    lifetime.cancel(new RpcError('PERMISSION_DENIED', 'as planned'))
  }
  const stop = plan.abortMs === undefined ? undefined : clock.after(plan.abortMs, abort)
  const over = (error?: unknown): void => {
    world.running--
    disarm?.()
    stop?.()
    world.up.askForAll(plan.index)
    lifetime.finish(error)
  }
  return new Promise((resolve, reject) => {
    lifetime.onCancel((reason) => {
      world.up.askForAll(plan.index)
      reject(reason)
    })
    const handler = new Handler(world, call, record)
    handler.run().then(
      (output) => {
        const reply = givesStream(plan.kind) ? replyTo(call, handler.stream(over)) : replyTo(call, output)
        reply.header.set('header', `${plan.index}`)
        if (!givesStream(plan.kind)) {
          reply.trailer.set('trailer', `${plan.index}`)
          over()
        } else if (lifetime.reason) return void (reply.output as Items).return!()
        resolve(reply)
      },
      (error: unknown) => {
        over(error)
        reject(error)
      },
    )
  })
}

class Handler {
  private readonly world: World
  private readonly call: Call
  private readonly record: Record
  private readonly plan: Plan
  private readonly input: Items | undefined

  constructor(world: World, call: Call, record: Record) {
    this.world = world
    this.call = call
    this.record = record
    this.plan = record.plan
    if (!takesStream(this.plan.kind)) return
    this.input = iterate(call.input as AsyncIterable<unknown>, {
      abort: (abort) => call.lifetime.onCancel(abort),
    })
  }

  /** The one message that is answered; for a method that gives a stream nothing but what comes before it. */
  async run(): Promise<unknown> {
    const { plan, record, world, input } = this
    if (!input) {
      assertItem(this.call.input, plan.index, 0, plan.input)
      record.read++
    }
    await world.pace(plan.handlerPace)
    if (plan.hangs) await new Promise<void>((resolve) => this.call.lifetime.onCancel(() => resolve()))
    if (this.call.lifetime.reason) throw this.call.lifetime.reason
    if (plan.failsAfter === -1) this.fail()
    if (plan.kind === 'clientStream') await this.readAll()
    if (givesStream(plan.kind)) return undefined
    if (plan.failsAfter !== undefined) this.fail()
    record.given++
    return itemOf(plan.index, 0, plan.output[0]!)
  }

  /** Reads to the end, or as far as it wants. */
  private async readAll(): Promise<void> {
    const { plan, record } = this
    for (;;) {
      if (plan.kind === 'clientStream' && plan.failsAfter === record.read) this.fail()
      if (record.read >= plan.readsAtMost) break
      if (!(await this.read())) return
    }
    // A two-way method may keep what it does not read, to the end.
    if (plan.kind === 'clientStream' || plan.index % 2 === 0) await this.leave()
  }

  private async read(): Promise<boolean> {
    const { plan, record, world } = this
    await world.pace(plan.handlerReadPace)
    world.up.ask(plan.index)
    const result = await this.input!.next()
    if (result.done === true) return false
    assertItem(result.value, plan.index, record.read, plan.input)
    record.read++
    return true
  }

  private async leave(): Promise<void> {
    this.world.up.askForAll(this.plan.index)
    await this.input?.return?.()
  }

  /** The output, where it is a stream. `over` hears of its end. */
  stream(over: (error: unknown) => void): Items {
    const { call, plan } = this
    if (plan.kind === 'bidiStream' && !plan.echoes) {
      // What it meets there is no business of the output, unless an item is wrong.
      this.readAll().catch((error: unknown) => {
        if (!(error instanceof RpcError)) this.record.fault ??= (error as Error).message
      })
    }
    return iterate(plan.echoes ? this.echo() : this.produce(), {
      abort: (abort) => call.lifetime.onCancel(abort),
      end: async (error) => {
        over(error)
        await this.leave()
      },
    })
  }

  private async *produce(): AsyncGenerator {
    const { plan, record, world } = this
    for (const [n, size] of plan.output.entries()) {
      await world.pace(plan.handlerPace)
      if (plan.failsAfter === n) this.fail()
      record.given++
      yield itemOf(plan.index, n, size)
    }
    this.end()
  }

  private async *echo(): AsyncGenerator {
    const { plan, record } = this
    while (record.read < plan.readsAtMost && (await this.read())) {
      if (plan.failsAfter === record.given) this.fail()
      const n = record.given++
      yield itemOf(plan.index, n, plan.input[n]!)
    }
    this.end()
  }

  private end(): void {
    const { plan, call } = this
    if (plan.failsAfter !== undefined) this.fail()
    replyTo(call, undefined).trailer.set('trailer', `${plan.index}`)
  }

  private fail(): never {
    this.record.threw = true
    throw new RpcError('ABORTED', 'as planned')
  }
}
