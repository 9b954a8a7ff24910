import type { RpcError } from '../../core/errors.ts'
import { redacted } from '../../core/schema/sensitive.ts'

/** What a failure may be to be told whole in a header, in characters. */
const maxLength = 16_384

/** What is left of its texts where it is not, in characters. */
const maxTextLength = 1_000

/**
 * What a dead letter's header says of its failure, as JSON, without what a schema marks as sensitive. Beyond 16,384 characters it is without
 * the details, its texts cut off: a letter that the broker does not take for its headers would stop all behind it.
 */
export function deadErrorText({ code, message, reason, details }: RpcError): string {
  const whole = JSON.stringify({ code, message, reason, details: redacted(details) })
  if (whole.length <= maxLength) return whole
  return JSON.stringify({
    code,
    message: message.slice(0, maxTextLength),
    reason: reason?.slice(0, maxTextLength),
  })
}
