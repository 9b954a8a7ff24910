import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A key and its certificate for loopback, in PEM. It is self-signed: its own text is the authority to trust. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

let made: Certificate | undefined

/** The certificate of this process. */
export function certificate(): Certificate {
  return (made ??= make())
}

function make(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'microapi-http2-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' })
  try {
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key)
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    openssl('req', '-x509', '-new', '-key', key, ...names, '-days', '2', '-out', cert)
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
