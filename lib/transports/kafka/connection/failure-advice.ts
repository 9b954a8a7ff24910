/** What is known of an error beside its text. */
export interface Traits {
  readonly name?: unknown
  /** A broker's word for it. */
  readonly type?: unknown
  /** Node's word for it, where it is a string. */
  readonly code?: unknown
  readonly message?: unknown
}

/** What may be done about it, as what is put behind its text; empty where nothing is known. */
export function adviceFor(traits: Traits, address: string): string {
  const { type, code, name, message } = traits
  const isOverTls = address.startsWith('kafkas:')
  if (isOfOurCertificate(traits))
    return '. The broker wants a certificate that it trusts: tls.cert and tls.key'
  if (String(message).endsWith('before secure TLS connection was established')) return noTls
  if (name === 'KafkaJSConnectionClosedError')
    return isOverTls ? '. The broker may want a name and a password (sasl)' : noneGiven
  if (code === 'ECONNRESET') return isOverTls ? someOther : noneGiven
  return advice[String(type)] ?? advice[String(code)] ?? advice[String(name)] ?? ''
}

/** Whether a broker does not take our certificate, or misses one. */
export function isOfOurCertificate({ code }: Traits): boolean {
  return /^ERR_SSL_.*ALERT_(?:.*CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(String(code))
}

const noneGiven = '. The broker may want TLS (kafkas://) or a name and a password (sasl)'
const noTls = '. The broker may want no TLS there (kafka://)'
const someOther = `${noTls}, a certificate (tls.cert and tls.key) or a name and a password (sasl)`
const noAuthority = '. Trust the authority that has signed it: tls.ca'
const otherName =
  '. Write url, and advertised.listeners at the broker, with a name that is in the certificate, or say one of them as tls.servername'

const advice: Readonly<Record<string, string>> = {
  KafkaJSSASLAuthenticationError:
    '. Look at username and password, in sasl or in url; with SCRAM the broker must know them for this mechanism',
  UNSUPPORTED_SASL_MECHANISM: '. Use one that it has enabled as sasl.mechanism',
  ILLEGAL_SASL_STATE:
    '. The broker asks for no name there: leave out sasl and user:password@, or use another port',
  KafkaJSNotImplemented: '. Use gzip, or register a codec with the CompressionCodecs of kafkajs',
  MESSAGE_TOO_LARGE:
    '. Send less, set compression, or raise max.message.bytes of the topic and maxMessageBytes here',
  RECORD_LIST_TOO_LARGE: '. Send less, or raise segment.bytes of the topic',
  TOPIC_AUTHORIZATION_FAILED: '. Allow it in the cluster: READ and DESCRIBE to receive, WRITE to send',
  GROUP_AUTHORIZATION_FAILED: '. Allow it in the cluster: READ of the group',
  CLUSTER_AUTHORIZATION_FAILED: '. Allow IDEMPOTENT_WRITE, and CREATE where topics are to be made',
  INVALID_REPLICATION_FACTOR: '. Set createTopics.replicationFactor to at most the number of brokers',
  INVALID_PARTITIONS: '. Set createTopics.partitions to what the cluster allows',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: noAuthority,
  UNABLE_TO_GET_ISSUER_CERT: noAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: noAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: noAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: noAuthority,
  CERT_HAS_EXPIRED: '. Renew the certificate of the broker',
  ERR_TLS_CERT_ALTNAME_INVALID: otherName,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
}
