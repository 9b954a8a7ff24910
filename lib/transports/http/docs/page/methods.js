import { exampleOf } from './example.js'

/**
 * A method that takes or gives a stream.
 * @typedef {object} StreamingMethod
 * @property {string} service
 * @property {string} name
 * @property {boolean} takes whether it takes a stream
 * @property {boolean} gives whether it gives one
 * @property {string} about what people are told of it
 * @property {unknown} example a message that it takes
 */

/** @type {Readonly<Record<string, { readonly takes: boolean, readonly gives: boolean, readonly about: string }>>} */
const kinds = {
  serverStream: { takes: false, gives: true, about: 'One message, answered by a stream.' },
  clientStream: { takes: true, gives: false, about: 'A stream of messages, answered by one.' },
  bidiStream: { takes: true, gives: true, about: 'A stream of messages, answered by a stream.' },
}

/**
 * Finds the methods that stream in a description.
 * @param {any} document OpenAPI, as the server makes it
 * @returns {StreamingMethod[]}
 */
export function streamingMethods(document) {
  const schemas = document.components.schemas
  return Object.values(document.paths).flatMap(({ post }) => {
    const kind = post && Object.hasOwn(kinds, post['x-microapi-kind']) && kinds[post['x-microapi-kind']]
    if (!kind) return []
    const [service] = post.tags
    const { content } = post.requestBody
    const { schema } = kind.takes ? content['application/x-ndjson'] : content['application/json']
    const summary = post.summary === post.operationId ? undefined : post.summary
    const notes = [kind.about, post.deprecated && 'Deprecated.', summary, post.description]
    return {
      service,
      // What the operation is called behind the service's name.
      name: post.operationId.slice(service.length + 1),
      takes: kind.takes,
      gives: kind.gives,
      about: notes.filter(Boolean).join('\n'),
      example: exampleOf(schema, { schemas, behind: [] }) ?? {},
    }
  })
}
