/** `microapi dlq` in this process, and apps whose handlers fail until they are repaired. */
import type { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc, RpcError, t } from 'microapi-ts'
import { recordingLog } from 'microapi-ts/testing'
import { onTestFinished, vi } from 'vitest'
import { describeApp } from '../../../lib/cli/app-description.ts'
import { runProgram } from '../../../lib/cli/program.ts'

/** What a command line has written, and its exit code. */
export interface Ran {
  readonly exit: number
  readonly out: string
  readonly error: string
}

/** What a command line listens to, and leaves to the end of its process. */
const listened: readonly (readonly [EventEmitter, event: string])[] = [
  [process, 'SIGHUP'],
  [process, 'SIGINT'],
  [process, 'SIGTERM'],
  [process.stdout, 'error'],
]

/** Runs `microapi dlq …`; `onWarn` hears each line of stderr while it runs. */
export async function dlq(args: readonly string[], onWarn?: (line: string) => void): Promise<Ran> {
  // What was interrupted is ended the hard way some time later.
  vi.spyOn(process, 'exit').mockImplementation(() => undefined as never)
  let [out, error] = ['', '']
  const before = listened.map(([emitter, event]) => emitter.listeners(event))
  const exit = await runProgram(['dlq', ...args], {
    print: (line) => void (out += `${line}\n`),
    warn(line) {
      error += `${line}\n`
      onWarn?.(line)
    },
  })
  for (const [i, [emitter, event]] of listened.entries())
    for (const listener of emitter.listeners(event))
      if (!before[i]!.includes(listener)) emitter.off(event, listener as (...args: unknown[]) => void)
  return { exit, out, error }
}

/** Lines of JSON. */
export function lines<T = Record<string, unknown>>(text: string): T[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}

const Order = Type.Object({ id: Type.Integer(), at: Type.Optional(t.DateTime()) })

const once = { retry: { attempts: 1 } }

/** What the specs publish and call. */
export const contract = {
  orders: defineService({
    placed: rpc.event(Order, once),
    shipped: rpc.event(Order, { ...once, fanout: true }),
    check: rpc.unary(Order, Order, { ...once, deadLetter: true }),
  }),
}

/** An app whose handlers fail as `fail` says, until it is repaired. */
export function orders() {
  const seen: string[] = []
  const log = recordingLog()
  const state = {
    fail: (id: number): Error | undefined => new RpcError('NOT_FOUND', `there is no order ${id}`),
  }
  const handle = (method: string) => (order: { id: number }) => {
    const failure = state.fail(order.id)
    if (failure) throw failure
    seen.push(`${method} ${order.id}`)
    return order
  }
  const app = createApp({
    log,
    services: {
      orders: rpc.implement(contract.orders, {
        placed: (order) => void handle('placed')(order),
        shipped: (order) => void handle('shipped')(order),
        check: (order) => handle('check')(order) as typeof order,
      }),
    },
  })
  const breakWith = (fail: typeof state.fail): void => void (state.fail = fail)
  return { app, log, seen, breakWith, repair: () => breakWith(() => undefined) }
}

/** The file of a description of the contract, as `--app` takes it; removed behind the test. */
export function described(of: Parameters<typeof describeApp>[0] = contract): string {
  const home = mkdtempSync(path.join(tmpdir(), 'microapi-dlq-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  const file = path.join(home, 'description.json')
  writeFileSync(file, JSON.stringify(describeApp(of)))
  return file
}

export const slow = { timeout: 60_000 }
export const soon = { timeout: 30_000, interval: 20 }
