/** What servers that are treated badly do, and what they are told: apart from them, since they are processes. */
import { Type } from '@sinclair/typebox'
import { defineService, rpc } from 'microapi-ts'
import type { AmqpOptions } from 'microapi-ts/amqp'
import type { KafkaOptions } from 'microapi-ts/kafka'

const Job = Type.Object({ text: Type.String() })
const Note = Type.Object({ key: Type.String(), text: Type.String() })
const Step = Type.Object({ value: Type.Integer() })

/** What the fault cases call. */
export const jobs = defineService({
  run: rpc.unary(Job, Job, { idempotent: true }),
  note: rpc.event(Note, { key: ({ key }) => key }),
  count: rpc.bidiStream(Step, Step),
})

/** Over what a server of theirs serves, and how: its `log` is the process's own. */
export type FaultServerOptions =
  | { readonly amqp: Omit<AmqpOptions, 'log'> }
  | { readonly kafka: Omit<KafkaOptions, 'log' | 'kafka'> }

/** The line that says what a server has begun to do. */
export const ranLine = /^ran (.*)$/

/** The line that says that it has handled a note, and when, in ms since the epoch. */
export const notedLine = /^noted (\S+) (\d+)$/

/** The line that says what it has logged. */
export const loggedLine = /^logged (.*)$/

/** Said to a server: what begins from now on is done and never answered. */
export const holdCommand = 'hold'

/** The line that says that it is so. */
export const holdingLine = 'holding'
