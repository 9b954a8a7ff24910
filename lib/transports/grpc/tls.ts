import type { SecureContextOptions } from 'node:tls'

/** Certificates and keys; for a client the authorities that it trusts, and its own certificate. */
export interface TlsOptions extends SecureContextOptions {
  /** For a server: ask clients for a certificate (mTLS). */
  readonly requestCert?: boolean
  /** Refuse what no trusted authority signed: true. */
  readonly rejectUnauthorized?: boolean
  /** For a client: the name to check the server's certificate against. */
  readonly servername?: string
}
