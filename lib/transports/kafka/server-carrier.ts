import type { Recipient, ServerCarrier } from '../../wire/broker/server-sessions.ts'
import { sessionEnd, sessionMessage } from '../../wire/broker/message-kinds.ts'
import { readAddress } from './address.ts'
import { idHeader, numberHeader, toHeader, typeHeader } from './protocol.ts'
import type { Outgoing } from './publisher/letter.ts'
import type { Publisher } from './publisher/publisher.ts'

/** Carries the messages of a server's sessions. */
export function serverCarrier(publisher: Publisher): ServerCarrier {
  return {
    publish(to, number, body, confirmed) {
      const outgoing = sessionRecord(to, body, { [typeHeader]: sessionMessage, [numberHeader]: `${number}` })
      // Not sent: the client finds that a message is missing.
      if (outgoing) publisher.send(outgoing, (error) => error ?? confirmed())
    },
    end(to) {
      const outgoing = sessionRecord(to, '', { [typeHeader]: sessionEnd })
      if (outgoing) publisher.send(outgoing)
    },
  }
}

/** A session's message to an address: `queue` holds it. Nothing where it is none. */
export function sessionRecord(
  { queue, session }: Recipient,
  value: string,
  headers: Readonly<Record<string, string>>,
): Outgoing | undefined {
  const address = readAddress(queue)
  if (!address) return undefined
  const { topic, partition, name } = address
  return {
    topic,
    partition,
    key: session,
    value,
    headers: { ...headers, [toHeader]: name, [idHeader]: session },
  }
}
