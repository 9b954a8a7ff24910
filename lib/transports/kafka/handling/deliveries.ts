import { isUtf8 } from 'node:buffer'
import type { MethodDescription } from '../../../core/transport.ts'
import type { Delivery } from '../../../wire/broker/receive-request.ts'
import type { IntakeRecord } from '../intake/claim.ts'
import { attemptsHeader, readCall, readHeader, readNumber, replyToHeader } from '../protocol.ts'
import type { Source } from '../topics-of.ts'

const nothing = Buffer.alloc(0)

// A class: one is made for every record.
class RecordDelivery implements Delivery {
  readonly bytes: number
  readonly id: string = ''
  readonly negotiated: boolean = false
  readonly replyTo: string = ''
  readonly deadline: number | undefined = undefined
  readonly attempts: number
  readonly event: MethodDescription | undefined
  readonly connection: object
  readonly #content: Buffer

  constructor({ value, headers }: IntakeRecord['message'], source: Source) {
    // A tombstone is nothing to us, as for the Python package, which it ends.
    this.#content = value ?? nothing
    this.bytes = this.#content.length
    this.attempts = readNumber(headers, attemptsHeader) ?? 0
    this.event = source.event
    this.connection = source
    // Nobody answers an event.
    if (source.event) return
    const call = readCall(headers)
    this.id = call?.id ?? ''
    this.negotiated = call !== undefined
    this.deadline = call?.deadline
    this.replyTo = readHeader(headers, replyToHeader) ?? ''
  }

  text(): string | undefined {
    return isUtf8(this.#content) ? this.#content.toString() : undefined
  }
}

/** A record as what all brokers bring. */
export function deliveryOf({ message }: IntakeRecord, source: Source): Delivery {
  return new RecordDelivery(message, source)
}
