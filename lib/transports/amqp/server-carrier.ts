import type { ConfirmChannel } from 'amqplib'
import { sessionEnd, sessionMessage } from '../../wire/broker/message-kinds.ts'
import { directReply } from './protocol.ts'
import { publishConfirmed } from './publish.ts'
import type { ServerCarrier } from '../../wire/broker/server-sessions.ts'

/** Carries the messages of a server's sessions over a channel. */
export function serverCarrier(channel: ConfirmChannel): ServerCarrier {
  return {
    publish({ queue, session }, number, body, confirmed) {
      const options = {
        type: sessionMessage,
        correlationId: session,
        messageId: `${number}`,
        // RabbitMQ returns what it has delivered by direct reply-to, too: a client there is missed by its silence.
        mandatory: !queue.startsWith(directReply),
      }
      // Refused: the client finds that a message is missing.
      publishConfirmed(channel, { queue, body, options }, (outcome) => {
        if (outcome !== 'lost') confirmed()
      })
    },
    end({ queue, session }) {
      const options = { type: sessionEnd, correlationId: session }
      publishConfirmed(channel, { queue, body: '', options }, () => {})
    },
  }
}
