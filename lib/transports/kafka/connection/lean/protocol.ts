import type { Encoder } from './encoder.ts'

/** How kafkajs makes the requests of one kind. */
export interface Requests<Asked> {
  protocol: (which: { readonly version: number }) => MakeRequest<Asked>
}

type MakeRequest<Asked> = (asked: Asked) => Made

/** A request, and how its response is read. */
export interface Made {
  readonly request: { readonly apiVersion: number; readonly encode: () => Promise<Encoder> }
  readonly response: { readonly decode: (response: Buffer) => Promise<unknown> }
}

const changed = new WeakSet<object>()

/** Changes the requests of some versions, once; does nothing to what is otherwise than they are in kafkajs 2.2.4. */
export function changeRequests<Asked>(
  requests: Requests<Asked>,
  versions: { readonly first: number; readonly last: number },
  change: (made: Made, asked: Asked) => Made,
): void {
  const { protocol } = requests
  if (typeof protocol !== 'function' || changed.has(requests)) return
  changed.add(requests)
  requests.protocol = (which) => {
    const make = protocol(which)
    if (which.version < versions.first || which.version > versions.last) return make
    return (asked) => change(make(asked), asked)
  }
}
