/** A Kafka of the specs that wants to know who comes: what listens beside the plain listener, and who may come in there. */
import type { KafkaStores } from './kafka-certificates.ts'

/** Who may come in where a broker asks for a name: by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
export const saslUser = { username: 'spec', password: 'p@ss' }

/** What listens beside the plain one, and by which of Kafka's protocols: `mutual` wants a certificate of who comes. */
const protocols = { sasl: 'SASL_PLAINTEXT', tls: 'SSL', mutual: 'SSL', saslTls: 'SASL_SSL' } as const

/** One of them. */
export type SecureListener = keyof typeof protocols

/** Their names. */
export const secureListeners = Object.keys(protocols) as SecureListener[]

/** What Kafka calls one. */
export function listenerName(listener: SecureListener): string {
  return listener.toUpperCase()
}

/** Its entry in listener.security.protocol.map. */
export function protocolOf(listener: SecureListener): string {
  return `${listenerName(listener)}:${protocols[listener]}`
}

/** The lines of a server.properties that they need. What no access list names is open to all. */
export function securityProperties({ keyStore, trustStore }: KafkaStores): Record<string, string> {
  const modules = 'org.apache.kafka.common.security'
  const plain = `${modules}.plain.PlainLoginModule required user_${saslUser.username}="${saslUser.password}";`
  const scram = `${modules}.scram.ScramLoginModule required;`
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keyStore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': trustStore,
    'listener.name.mutual.ssl.client.auth': 'required',
    'listener.name.sasl.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.sasl.plain.sasl.jaas.config': plain,
    'listener.name.sasltls.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.sasltls.plain.sasl.jaas.config': plain,
    'listener.name.sasltls.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.sasltls.scram-sha-512.sasl.jaas.config': scram,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'true',
    // Whoever says no name, the brokers among them.
    'super.users': 'User:ANONYMOUS',
  }
}

/** What the storage is formatted with, so that they are known from the start. */
export function scramUsers(): string[] {
  const { username, password } = saslUser
  return ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map(
    (mechanism) => `${mechanism}=[name=${username},password=${password}]`,
  )
}
