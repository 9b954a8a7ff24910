import type { Outflow, Outlet } from './outflow.ts'
import type { Port } from './port.ts'

/** The way out of a session: what all of its calls send through, and where they wait while the port is full. */
export class Line implements Outlet {
  hasRoom = true
  private readonly port: Port
  private isLost = false
  // An array that is swapped: a set that churns would keep what has left it alive.
  private waiting: Outflow[] = []

  constructor(port: Port) {
    this.port = port
  }

  send(text: string): void {
    if (!this.isLost && !this.port.send(text)) this.hasRoom = false
  }

  onDrain(flow: Outflow): void {
    if (!this.waiting.includes(flow)) this.waiting.push(flow)
  }

  drained(): void {
    this.hasRoom = true
    const { waiting } = this
    this.waiting = []
    for (const flow of waiting) flow.go()
  }

  lost(): void {
    this.isLost = true
    this.waiting = []
  }
}
