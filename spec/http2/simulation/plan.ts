import type { Http2ErrorCode } from '../../../lib/http2/error.ts'
import type { FieldPlans, HeaderPlan } from './fields.ts'
import type { Random } from './random.ts'

/** What one side sends on a stream. */
export interface MessagePlan {
  readonly interims: readonly HeaderPlan[]
  readonly headers: HeaderPlan
  readonly chunks: readonly number[]
  /** What carries the end: the headers, the last octets, a frame without any, or trailers. */
  readonly end: 'headers' | 'data' | 'empty' | 'trailers'
  readonly trailers: HeaderPlan | undefined
  /** Waits for onDrain after a `false`. */
  readonly polite: boolean
}

/** When a side gives up. */
export interface CancelPlan {
  readonly code: Http2ErrorCode
  readonly at: 'headers' | 'data' | 'end' | number
}

/** One request and its response, decided beforehand. */
export interface Plan {
  readonly index: number
  readonly request: MessagePlan
  readonly response: MessagePlan
  /** The server answers when the request is complete; else as it comes. */
  readonly late: boolean
  /** All of a side's steps are taken at once, inside of the callback. */
  readonly clientAtOnce: boolean
  readonly serverAtOnce: boolean
  readonly clientCancel: CancelPlan | undefined
  readonly serverCancel: CancelPlan | undefined
  /** The server resets with NO_ERROR behind its response (RFC 9113 §8.1). */
  readonly enough: boolean
}

const codes = ['CANCEL', 'INTERNAL_ERROR', 'ENHANCE_YOUR_CALM'] as const

/** Decides on one exchange. `scale` is about the size of a chunk. */
export function makePlan(random: Random, fields: FieldPlans, index: number, scale: number): Plan {
  const head = random.chance(0.08)
  const method = head ? 'HEAD' : random.pick(['GET', 'POST', 'POST', 'PUT'])
  const pseudo = [
    ':method',
    method,
    ':scheme',
    'http',
    ':path',
    random.pick(['/', '/a/b', '/c?d=e', `/${index}`]),
  ]
  if (random.chance(0.8)) pseudo.push(':authority', 'example.org')
  const status = head ? '200' : random.pick(['200', '200', '200', '204', '404', '599'])
  const none = head || status === '204'
  const cancels = random.chance(0.25)
  return {
    index,
    request: makeMessage(random, fields, 'request', pseudo, head ? 0 : scale),
    response: makeMessage(random, fields, 'response', [':status', status], none ? 0 : scale),
    late: random.chance(0.4),
    clientAtOnce: random.chance(0.3),
    serverAtOnce: random.chance(0.3),
    clientCancel: cancels && random.chance(0.6) ? makeCancel(random) : undefined,
    serverCancel: cancels && random.chance(0.6) ? makeCancel(random) : undefined,
    enough: random.chance(0.15),
  }
}

function makeMessage(
  random: Random,
  fields: FieldPlans,
  kind: 'request' | 'response',
  pseudo: readonly string[],
  scale: number,
): MessagePlan {
  const chunks: number[] = []
  const count = scale === 0 ? 0 : random.pick([0, 1, 1, 2, 5, 20])
  for (let i = 0; i < count; i++)
    chunks.push(random.chance(0.1) ? 0 : random.below(random.chance(0.1) ? 6 * scale : scale))
  const total = chunks.reduce((sum, size) => sum + size, 0)
  const trailing = random.chance(0.35)
  const end = trailing
    ? 'trailers'
    : count === 0
      ? random.pick(['headers', 'empty'] as const)
      : random.pick(['data', 'empty'] as const)
  const interims: HeaderPlan[] = []
  if (kind === 'response') {
    for (let i = random.pick([0, 0, 0, 1, 2]); i > 0; i--)
      interims.push(fields.make('interim', [':status', random.pick(['100', '103', '199'])]))
  }
  return {
    interims,
    headers: fields.make(kind, pseudo, scale > 0 && random.chance(0.3) ? total : -1),
    chunks,
    end,
    trailers: trailing ? fields.make('trailers', []) : undefined,
    polite: random.chance(0.7),
  }
}

function makeCancel(random: Random): CancelPlan {
  return {
    code: random.pick(codes),
    at: random.pick(['headers', 'data', 'end', random.below(8), random.below(8)] as const),
  }
}

/** A request and a response of headers only. */
export function lastPlan(index: number): Plan {
  return {
    index,
    request: bare([':method', 'GET', ':scheme', 'http', ':path', '/last']),
    response: bare([':status', '200']),
    late: false,
    clientAtOnce: false,
    serverAtOnce: false,
    clientCancel: undefined,
    serverCancel: undefined,
    enough: false,
  }
}

function bare(fields: readonly string[]): MessagePlan {
  const headers: HeaderPlan = { init: fields, options: {}, fields, never: [], size: 0 }
  return { interims: [], headers, chunks: [], end: 'headers', trailers: undefined, polite: true }
}
