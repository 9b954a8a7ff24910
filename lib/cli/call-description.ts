import type { CallOptions } from '../client/signature.ts'
import { describing } from '../core/describe.ts'
import { isRpcError } from '../core/errors.ts'
import { takesStream, type MethodKind } from '../core/kind.ts'
import type { CheckFailure } from '../core/schema/check.ts'
import { compileSchema } from '../core/schema/compile.ts'
import type { JsonSchema } from '../core/schema/json-schema.ts'
import type { ApiDescription, ApiMethod } from '../generate/json-schema/source.ts'
import { isEmptyObject } from '../generate/json-schema/keywords.ts'
import { askServer, type AskedClient } from './ask-server.ts'
import { wrongUsage } from './failure.ts'
import type { Complaint } from './message-lines.ts'
import type { MethodName } from './method-name.ts'
import { nearest } from './nearest.ts'
import { readDescription } from './read-description.ts'
import { fieldLines } from './schema-text.ts'
import { withoutPassword } from './without-password.ts'

/** A method that a server has described. */
export interface CalledMethod {
  readonly kind: MethodKind
  readonly takesStream: boolean
  /** Whether its message has nothing in it. */
  readonly takesNothing: boolean
  /** Says where and why its schema forbids a message, and what it takes; undefined where it does not. */
  readonly complaint: Complaint
}

/** So long a server may take to describe itself before it is called without, in ms. */
const askMs = 5_000

/** So many names of methods are listed where one is wrong; of more those of its service, or none. */
const mostNames = 12

/**
 * Asks a server about a method that is to be called: over HTTP, WebSocket and gRPC, where a server that describes nothing says
 * so at once. Undefined where it says nothing of the method. Throws a CommandError for one that it does not have, and an
 * RpcError where it is not there.
 */
export async function askAboutMethod(
  client: AskedClient,
  name: MethodName,
  { url, ...options }: CallOptions & { readonly url: string },
): Promise<CalledMethod | undefined> {
  if (!/^(?:https?|wss?|grpcs?):/i.test(url) || name.service === describing.service) return undefined
  const timeoutMs = Math.min(askMs, options.timeoutMs ?? askMs)
  const said = await askServer(client, { ...options, timeoutMs }).catch((error: unknown) => {
    // Nobody is there, or nobody waits any more: the call itself would end in the same way.
    if (!isRpcError(error) || error.code === 'UNAVAILABLE' || options.signal?.aborted) throw error
    return undefined
  })
  const { description } = readDescription(said)
  return description && calledMethod(description, name, url)
}

function calledMethod(
  { services }: ApiDescription,
  { service, method }: MethodName,
  url: string,
): CalledMethod | undefined {
  const methods = Object.hasOwn(services, service) ? services[service]! : undefined
  const found = methods && Object.hasOwn(methods, method) ? methods[method] : undefined
  if (found) return described(found, `${service}.${method}`)
  // There its services have the names of .proto files as well, and it has some of its own.
  if (!methods && /^grpc/i.test(url)) return undefined
  const all = namesOf(services)
  const own = all.filter((name) => name.startsWith(`${service}.`))
  const meant = nearest(`${service}.${method}`, all)
  const listed = [all, own].find((names) => names.length > 0 && names.length <= mostNames)
  const ways = [
    ...(meant === undefined ? [] : [`did you mean ${meant}?`]),
    listed ? `it has ${listed.join(', ')}` : `microapi info ${withoutPassword(url)} shows what it has`,
  ]
  throw wrongUsage(`the server has no method ${service}.${method}; ${ways.join(' ')}`)
}

function namesOf(services: ApiDescription['services']): readonly string[] {
  return Object.entries(services).flatMap(([service, methods]) =>
    Object.keys(methods).map((method) => `${service}.${method}`),
  )
}

function described({ kind, input }: ApiMethod, name: string): CalledMethod {
  const schema = input as JsonSchema
  let complaint: Complaint | undefined
  return {
    kind,
    takesStream: takesStream(kind),
    takesNothing: isEmptyObject(schema),
    complaint: (message) => (complaint ??= complaintOf(schema, name))(message),
  }
}

function complaintOf(schema: JsonSchema, name: string): Complaint {
  const compiled = compiledOrNot(schema)
  const fields = fieldLines(schema).join(', ')
  const taken = `${name} takes ${fields === '' ? 'nothing' : fields}`
  return (message) => {
    let wrong: string | undefined
    const fail = ({ pointer, message: told }: CheckFailure): Error => {
      wrong = `${pointer === '' ? 'it' : pointer} ${told}; ${taken}`
      return new TypeError(wrong)
    }
    try {
      compiled?.take(message, fail)
    } catch (error) {
      if (wrong === undefined) throw error
    }
    return wrong
  }
}

/** Nothing where a schema cannot be compiled here, as for a format of the server's own: the server will check. */
function compiledOrNot(schema: JsonSchema): ReturnType<typeof compileSchema> | undefined {
  try {
    return compileSchema(schema as Parameters<typeof compileSchema>[0])
  } catch {
    return undefined
  }
}
