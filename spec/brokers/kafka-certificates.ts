/** Certificates of a Kafka of the specs, which listens at 127.0.0.1. */
import { createPrivateKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { makeCertificates } from '../transports/grpc/certificates.ts'

/** Files for brokers. */
export interface KafkaStores {
  /** Their key and their certificate, which is for 127.0.0.1, localhost and api.test. */
  readonly keyStore: string
  /** Whose certificates they take. */
  readonly trustStore: string
}

/** What clients may have, in PEM. */
export interface KafkaCertificates {
  /** The authority that has signed for the brokers, and whose clients they take. */
  readonly authority: Buffer
  /** An authority that they do not know. */
  readonly stranger: Buffer
  /** Signed by the authority. */
  readonly client: KeyAndCertificate
  /** Signed by the stranger. */
  readonly impostor: KeyAndCertificate
}

/** Who one is. */
export interface KeyAndCertificate {
  readonly key: Buffer
  readonly cert: Buffer
}

/** Makes certificates, and the brokers' files in this folder. */
export function makeKafkaCertificates(folder: string): KafkaCertificates & KafkaStores {
  const made = makeCertificates()
  try {
    const of = (name: string): KeyAndCertificate => ({
      key: made.read(`${name}.key`),
      cert: made.read(`${name}.crt`),
    })
    const authority = made.read('authority.crt')
    const { key, cert } = of('server')
    const keyStore = path.join(folder, 'server.pem')
    const trustStore = path.join(folder, 'authority.pem')
    // Kafka reads keys in PKCS 8 alone.
    const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' })
    writeFileSync(keyStore, Buffer.concat([Buffer.from(pkcs8), cert]))
    writeFileSync(trustStore, authority)
    return {
      keyStore,
      trustStore,
      authority,
      stranger: made.read('stranger.crt'),
      client: of('client'),
      impostor: of('impostor'),
    }
  } finally {
    made.remove()
  }
}
