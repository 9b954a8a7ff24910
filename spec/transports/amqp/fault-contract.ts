/** What servers that are treated badly do, and what they are told: apart from them, since they are processes. */
import { Type } from '@sinclair/typebox'
import { defineService, rpc } from 'microapi-ts'

const Job = Type.Object({ text: Type.String() })

/** What the fault cases call. */
export const jobs = defineService({ run: rpc.unary(Job, Job, { idempotent: true }) })

/** How a server of theirs serves. */
export interface FaultServerOptions {
  readonly url: string
  readonly queue: string
  readonly prefetch: number
}

/** The line that says what a server has done. */
export const ranLine = /^ran (.*)$/

/** Said to a server: what begins from now on is done and never answered. */
export const holdCommand = 'hold'

/** The line that says that it is so. */
export const holdingLine = 'holding'
