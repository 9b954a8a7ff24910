/**
 * What says beside an envelope what a broker's message is: RabbitMQ's `type`, a header of Kafka's. The Python package
 * writes and reads none.
 */

/** On a request: its sender takes a header before the answer, and a server's offer of a stream in place of an array. */
export const ours = 'microapi.v1'

/** On a message of a session: envelopes, one a line. Beside it stand the session, and a number. */
export const sessionMessage = 'microapi.v1.session'

/** The session ends: nothing more comes. */
export const sessionEnd = 'microapi.v1.end'

/** To all servers: nobody waits for the answer to the request of this id. */
export const cancelMessage = 'microapi.v1.cancel'

/** On an event; nothing answers it. */
export const eventMessage = 'microapi.v1.event'
