import type { BrokerNotes, MessageRole, Place } from './broker.ts'
import type { AsyncApiChannel, AsyncApiReference } from './document.ts'
import type { Components } from '../json-schema/components.ts'
import type { JsonObject } from '../json-schema/keywords.ts'
import { pascalCase } from '../json-schema/names.ts'
import type { NamedMethod } from '../json-schema/source.ts'

/** A message on a channel. */
export interface ChannelMessage {
  /** Its name on the channel; one that all methods share is told only once. */
  readonly name: string
  readonly role: MessageRole
  readonly method: NamedMethod
  readonly title: string
  readonly payload: () => JsonObject
}

/** The channels of one broker, filled message by message. */
export interface Channels {
  /** Puts a message on the channel of a place, and gives a reference to it there. */
  put(place: Place, message: ChannelMessage): AsyncApiReference
  refTo(place: Place): AsyncApiReference
  readonly all: Readonly<Record<string, AsyncApiChannel>>
}

const correlationId = {
  location: '$message.payload#/id',
  description: 'All messages of a call have the same one.',
}

/** Makes the channels of a broker, none yet. */
export function createChannels(notes: BrokerNotes, components: Components): Channels {
  const all: Record<string, AsyncApiChannel & { readonly messages: Record<string, JsonObject> }> = {}
  const idOf = ({ id }: Place): string => `${notes.name}.${id}`
  const channelOf = (place: Place) =>
    (all[idOf(place)] ??= {
      address: place.address,
      description: place.description,
      servers: [{ $ref: `#/servers/${notes.name}` }],
      messages: {},
      ...(place.bindings && { bindings: place.bindings }),
    })
  const headersOf = (role: MessageRole): JsonObject =>
    components.fixed(`${pascalCase(notes.name)}${pascalCase(role)}Headers`, () => ({
      type: 'object',
      description: 'What may stand beside an envelope.',
      properties: notes.headers[role],
    }))
  return {
    all,
    refTo: (place) => ({ $ref: `#/channels/${idOf(place)}` }),
    put(place, { name, role, method, title, payload }) {
      const { messages } = channelOf(place)
      messages[name] ??= {
        name,
        title,
        headers: headersOf(role),
        payload: payload(),
        correlationId,
        bindings: notes.messageBindings(role, method),
      }
      return { $ref: `#/channels/${idOf(place)}/messages/${name}` }
    },
  }
}
