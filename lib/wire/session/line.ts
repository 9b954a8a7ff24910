import type { Backlog } from './backlog.ts'
import type { Outflow, Outlet } from './outflow.ts'
import type { Port } from './port.ts'

/** The way out of a session: what all of its calls send through, and where they wait while the port is full. */
export class Line implements Outlet {
  hasRoom = true
  readonly #port: Port
  readonly #backlog: Backlog | undefined
  #isLost = false
  // An array that is swapped: a set that churns would keep what has left it alive.
  #waiting: Outflow[] = []

  /** `backlog` hears of what is sent while there is no room. */
  constructor(port: Port, backlog?: Backlog) {
    this.#port = port
    this.#backlog = backlog
  }

  send(text: string): void {
    if (this.#isLost || this.#port.send(text)) return
    this.hasRoom = false
    this.#backlog?.add(text.length)
  }

  onDrain(flow: Outflow): void {
    if (flow.isInLine) return
    flow.isInLine = true
    this.#waiting.push(flow)
  }

  drained(): void {
    this.hasRoom = true
    this.#backlog?.clear()
    const waiting = this.#waiting
    this.#waiting = []
    for (const flow of waiting) {
      flow.isInLine = false
      flow.go()
    }
  }

  lost(): void {
    this.#isLost = true
    this.#backlog?.clear()
    this.#waiting = []
  }
}
