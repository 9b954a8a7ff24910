import type { Call } from '../core/call.ts'
import { bytesOf } from '../core/create-call.ts'
import { RpcError } from '../core/errors.ts'
import type { Limits } from '../core/limits.ts'
import { markNeverRan } from '../core/never-ran.ts'

/** Lets calls in one by one: so many may run at once for a connection and in all, so many more may wait in order. */
export interface Gate {
  /** Takes a place; a promise where the call has to wait for one, which rejects when the call is cancelled first. */
  enter(call: Call): Promise<void> | undefined
  /** Gives the place back. */
  leave(call: Call): void
  readonly running: number
}

interface Line {
  running: number
  waitingBytes: number
  readonly waiting: { readonly call: Call; readonly admit: () => void }[]
}

/** Makes the gate of a server. */
export function createGate(limits: Limits): Gate {
  const lines = new WeakMap<object, Line>()
  const unconnected: Line = { running: 0, waitingBytes: 0, waiting: [] }
  // Connections whose next call waits for the server's limit, not for their own; served in turn.
  const held = new Set<Line>()
  let running = 0

  const lineOf = ({ connection }: Call): Line => {
    if (connection === undefined) return unconnected
    let line = lines.get(connection)
    if (!line) lines.set(connection, (line = { running: 0, waitingBytes: 0, waiting: [] }))
    return line
  }
  const admitNext = (line: Line): void => {
    held.delete(line)
    if (line.waiting.length === 0 || line.running >= limits.maxRunningPerConnection) return
    if (running >= limits.maxRunning) {
      held.add(line)
      return
    }
    line.running++
    running++
    const { call, admit } = line.waiting.shift()!
    line.waitingBytes -= bytesOf(call)
    admit()
    if (line.waiting.length > 0) held.add(line)
  }
  const wait = (call: Call, line: Line): Promise<void> =>
    new Promise((resolve, reject) => {
      const forget = (reason: RpcError): void => {
        const at = line.waiting.indexOf(entry)
        if (at >= 0) {
          line.waiting.splice(at, 1)
          line.waitingBytes -= bytesOf(call)
        }
        reject(reason)
      }
      const entry = {
        call,
        admit: () => {
          call.lifetime.offCancel(forget)
          resolve()
        },
      }
      line.waiting.push(entry)
      line.waitingBytes += bytesOf(call)
      call.lifetime.onCancel(forget)
      if (line.running < limits.maxRunningPerConnection) held.add(line)
    })

  return {
    get running() {
      return running
    },
    enter(call) {
      const line = lineOf(call)
      if (
        running < limits.maxRunning &&
        line.running < limits.maxRunningPerConnection &&
        line.waiting.length === 0
      ) {
        line.running++
        running++
        return undefined
      }
      if (line.waiting.length >= limits.maxWaitingPerConnection) {
        throw full(
          `${limits.maxWaitingPerConnection} calls wait on this connection already (maxWaitingPerConnection)`,
        )
      }
      // One may be as large as a message may be; what waits beside it counts.
      if (line.waitingBytes > 0 && line.waitingBytes + bytesOf(call) > limits.maxWaitingBytesPerConnection) {
        throw full(
          `calls of ${line.waitingBytes} bytes wait on this connection already (maxWaitingBytesPerConnection)`,
        )
      }
      return wait(call, line)
    },
    leave(call) {
      const line = lineOf(call)
      line.running--
      running--
      // Behind the others: a busy connection does not get its own place back before they have had theirs.
      if (line.waiting.length > 0) held.add(line)
      for (const other of held.size > 0 ? [...held] : []) {
        if (running >= limits.maxRunning) break
        admitNext(other)
      }
    },
  }
}

function full(text: string): RpcError {
  return markNeverRan(new RpcError('RESOURCE_EXHAUSTED', text))
}
