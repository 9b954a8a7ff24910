import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'
import type { KafkaSettings } from '../options.ts'
import { isOfOurCertificate } from './failure-advice.ts'

type Hear = (broker: string, error: Error) => void

/** Who waits for connections with these settings. */
const waiting = new WeakMap<KafkaSettings, Set<Hear>>()

function hearersOf(settings: KafkaSettings): Set<Hear> {
  const found = waiting.get(settings) ?? new Set()
  waiting.set(settings, found)
  return found
}

/** Until TCP asks whether the other end is there, in ms; kafkajs has it so. */
const keepAliveMs = 60_000

/** Opens the sockets of kafkajs over TLS as it does itself, and tells `onRejected` why one has no chance. */
export function tlsSockets(settings: KafkaSettings): ISocketFactory {
  const hearers = hearersOf(settings)
  return ({ host, port, ssl, onConnect }) => {
    const named = isIP(host) === 0 ? { servername: host } : {}
    const socket = connect({ host, port, ...named, ...ssl }, onConnect)
    socket.setKeepAlive(true, keepAliveMs)
    socket.on('error', (error) => {
      if (isRejected(socket, error)) for (const hear of hearers) hear(`${host}:${port}`, error)
    })
    return socket
  }
}

/** Whether one side does not take the other's certificate. */
function isRejected({ authorizationError }: TLSSocket, error: Error): boolean {
  return Boolean(authorizationError) || isOfOurCertificate(error)
}

/**
 * Calls `reject`, with the error of the last one, once certificates stood in the way at every broker of the settings:
 * kafkajs goes on for seconds with what will not pass. It ends with the function that is returned.
 */
export function onRejected(settings: KafkaSettings, reject: (error: Error) => void): () => void {
  const left = new Set(settings.brokers.hosts.map(({ host, port }) => `${host}:${port}`))
  const hearers = hearersOf(settings)
  const hear: Hear = (broker, error) => {
    if (left.delete(broker) && left.size === 0) reject(error)
  }
  hearers.add(hear)
  return () => void hearers.delete(hear)
}
