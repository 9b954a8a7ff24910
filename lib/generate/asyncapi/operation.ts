import { givesStream, isSingle, takesStream } from '../../core/kind.ts'
import type { BrokerNotes } from './broker.ts'
import type { ChannelMessage, Channels } from './channels.ts'
import type { AsyncApiOperation } from './document.ts'
import { callEnvelope, endEnvelope, failureEnvelope, offerEnvelope, payloadEnvelope } from './envelope.ts'
import type { Components } from '../json-schema/components.ts'
import { mayBeLeftOut, type JsonObject } from '../json-schema/keywords.ts'
import type { NamedMethod } from '../json-schema/source.ts'
import { paragraphs } from '../openapi/text.ts'

/** What the operations of one broker share. */
export interface BrokerContext {
  readonly notes: BrokerNotes
  readonly channels: Channels
  readonly components: Components
  /** What the app does with requests and events. */
  readonly action: 'send' | 'receive'
}

type Operations = Record<string, AsyncApiOperation>

/** What an app does with the messages of a method: one operation, and one more for a stream. */
export function operationsOf(method: NamedMethod, context: BrokerContext): Operations {
  if (method.kind === 'event') return eventOperation(method, context)
  return {
    ...callOperation(method, context),
    ...(!isSingle(method.kind) && streamOperation(method, context)),
  }
}

function eventOperation(
  method: NamedMethod,
  { notes, channels, components, action }: BrokerContext,
): Operations {
  const place = notes.event(method)
  const message = channels.put(place, {
    ...messageOf(method, 'event', 'event'),
    payload: () => callEnvelope(components, 'request', method, inputOf(method, components)),
  })
  return {
    [idOf(notes, method)]: {
      action,
      channel: channels.refTo(place),
      ...describe(method),
      messages: [message],
      bindings: notes.operationBindings('event', method),
    },
  }
}

function callOperation(
  method: NamedMethod,
  { notes, channels, components, action }: BrokerContext,
): Operations {
  const place = notes.requests(method)
  const { replies } = notes
  const isStream = !isSingle(method.kind)
  const request = channels.put(place, requestOf(method, components))
  const open = (): ChannelMessage => ({
    ...messageOf(method, 'open', 'request'),
    payload: () => callEnvelope(components, 'open', method),
  })
  const offer = (): ChannelMessage => ({
    ...sharedOf(method, 'offer', 'answer'),
    payload: () => offerEnvelope(components),
  })
  return {
    [idOf(notes, method)]: {
      action,
      channel: channels.refTo(place),
      ...describe(method, isStream ? whole : undefined),
      messages: [request, ...(isStream ? [channels.put(place, open())] : [])],
      reply: {
        ...(notes.replyAddress && { address: notes.replyAddress }),
        channel: channels.refTo(replies),
        messages: [
          channels.put(replies, responseOf(method, components, 'answer')),
          channels.put(replies, failureOf(method, components, 'answer')),
          ...(isStream ? [channels.put(replies, offer())] : []),
        ],
      },
      bindings: notes.operationBindings('request', method),
    },
  }
}

const whole =
  'A stream begins with `open`, and goes on where the answer to it says. A request holds it whole, a stream as an array, and is answered in the same way.'

function streamOperation(
  method: NamedMethod,
  { notes, channels, components, action }: BrokerContext,
): Operations {
  const { sessions } = notes
  const message = (part: 'Input' | 'Output'): JsonObject => messageSchema(method, components, part)
  const item = (name: string, part: 'Input' | 'Output'): ChannelMessage => ({
    ...messageOf(method, name, 'session'),
    payload: () => payloadEnvelope(components, 'stream_push', message(part)),
  })
  const end: ChannelMessage = {
    ...sharedOf(method, 'end', 'session'),
    payload: () => endEnvelope(components),
  }
  const incoming = takesStream(method.kind)
    ? [item('item', 'Input'), end]
    : [{ ...requestOf(method, components), role: 'session' as const }]
  const outgoing = givesStream(method.kind)
    ? [item('answer', 'Output'), end]
    : [responseOf(method, components, 'session'), failureOf(method, components, 'session')]
  return {
    [`${idOf(notes, method)}.stream`]: {
      action,
      channel: channels.refTo(sessions),
      ...describe(method, 'The stream, once a server has taken it.'),
      messages: incoming.map((one) => channels.put(sessions, one)),
      reply: {
        channel: channels.refTo(sessions),
        messages: outgoing.map((one) => channels.put(sessions, one)),
      },
    },
  }
}

function requestOf(method: NamedMethod, components: Components): ChannelMessage {
  return {
    ...messageOf(method, 'request', 'request'),
    payload: () => callEnvelope(components, 'request', method, inputOf(method, components)),
  }
}

function responseOf(
  method: NamedMethod,
  components: Components,
  role: ChannelMessage['role'],
): ChannelMessage {
  const output = (): JsonObject => messageSchema(method, components, 'Output')
  return {
    ...messageOf(method, 'response', role),
    payload: () =>
      payloadEnvelope(
        components,
        'response',
        givesStream(method.kind) ? { type: 'array', items: output() } : output(),
      ),
  }
}

/** Methods that declare no errors share the message of one. */
function failureOf(
  method: NamedMethod,
  components: Components,
  role: ChannelMessage['role'],
): ChannelMessage {
  const isOwn = Object.keys(method.errors).length > 0
  return {
    ...(isOwn ? messageOf(method, 'failure', role) : sharedOf(method, 'failure', role)),
    payload: () => failureEnvelope(components, method),
  }
}

function inputOf(
  method: NamedMethod,
  components: Components,
): { readonly schema: JsonObject; readonly isRequired: boolean } {
  const schema = messageSchema(method, components, 'Input')
  return takesStream(method.kind)
    ? { schema: { type: 'array', items: schema }, isRequired: true }
    : { schema, isRequired: !mayBeLeftOut(method.input) }
}

function messageSchema(
  { service, name, input, output }: NamedMethod,
  components: Components,
  part: 'Input' | 'Output',
): JsonObject {
  return components.message(part === 'Input' ? input : output, { service, method: name, part })
}

function messageOf(
  method: NamedMethod,
  name: string,
  role: ChannelMessage['role'],
): Omit<ChannelMessage, 'payload'> {
  const own = `${method.service}.${method.name}`
  return { name: `${own}.${name}`, role, method, title: `${own}: ${name}` }
}

function sharedOf(
  method: NamedMethod,
  name: string,
  role: ChannelMessage['role'],
): Omit<ChannelMessage, 'payload'> {
  return { name, role, method, title: name }
}

function idOf({ name: broker }: BrokerNotes, { service, name }: NamedMethod): string {
  return `${broker}.${service}.${name}`
}

function describe(
  { service, name, kind, options }: NamedMethod,
  more?: string,
): Pick<AsyncApiOperation, 'summary' | 'description' | 'tags' | 'x-microapi-kind' | 'x-deprecated'> {
  const isDeprecated = options.deprecated === true
  const description = paragraphs(isDeprecated ? 'Deprecated.' : undefined, options.description, more)
  return {
    summary: options.summary ?? `${service}.${name}`,
    ...(description !== undefined && { description }),
    tags: [{ name: service }],
    'x-microapi-kind': kind,
    ...(isDeprecated && { 'x-deprecated': true }),
  }
}
