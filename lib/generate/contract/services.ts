import type { ProtoType } from '../../wire/protobuf/model.ts'
import { call, object, options, quoted, type Code } from '../code-text.ts'
import type { MessageParts } from './messages.ts'
import { servicePlace } from './places.ts'
import type { LinkedFile } from '../proto-source/link-proto.ts'
import type { RawMethod, RawService } from '../proto-source/raw-proto.ts'

/** Writes a service as a contract: `defineService({ … }, { proto })`. */
export function serviceCode(
  service: RawService<ProtoType>,
  file: LinkedFile,
  { names, types }: MessageParts,
): Code {
  const schema = (type: ProtoType): Code => types.schema(type, (name) => names.get(name)!)
  const methods = service.methods.map((method) => {
    const key = keyOf(method.name)
    const summary = method.comment?.split('\n')
    const more = options({
      summary: summary === undefined ? undefined : quoted(summary[0]!),
      description:
        summary === undefined || summary.length === 1 ? undefined : quoted(summary.slice(1).join('\n')),
      deprecated: method.deprecated ? 'true' : undefined,
      idempotent: method.idempotent ? 'true' : undefined,
      proto: key === method.name ? undefined : object({ name: quoted(method.name) }),
    })
    return [key, call(`rpc.${kindOf(method)}`, schema(method.input), schema(method.output), more)] as const
  })
  return call(
    'defineService',
    object(Object.fromEntries(methods)),
    object({ proto: servicePlace(file, service.name) }),
  )
}

function kindOf({ streamsIn, streamsOut }: RawMethod<ProtoType>): string {
  if (streamsIn) return streamsOut ? 'bidiStream' : 'clientStream'
  return streamsOut ? 'serverStream' : 'unary'
}

// What a service of ours may not call its methods.
const reserved = new Set(['then', 'toString', 'valueOf', 'toJSON', 'bind', 'publish'])

function keyOf(name: string): string {
  return reserved.has(name) || name in Object.prototype ? `${name}_` : name
}
