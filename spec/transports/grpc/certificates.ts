import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Authorities and what they have signed, in a folder of its own. */
export interface Certificates {
  readonly folder: string
  /** The octets of `name.key`, `name.crt`. */
  read(name: string): Buffer
  remove(): void
}

/** Two authorities; `server` and `client` are signed by the first, `impostor` by the `stranger`. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'microapi-grpc-tls-'))
  const at = (name: string): string => join(folder, name)
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' })
  const makeKey = (name: string): void =>
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', at(`${name}.key`))
  for (const name of ['authority', 'stranger']) {
    makeKey(name)
    const subject = ['-subj', `/CN=${name}`, '-days', '2']
    openssl('req', '-x509', '-new', '-key', at(`${name}.key`), ...subject, '-out', at(`${name}.crt`))
  }
  const sign = (name: string, signer: string, extensions: string): void => {
    makeKey(name)
    openssl('req', '-new', '-key', at(`${name}.key`), '-subj', `/CN=${name}`, '-out', at(`${name}.csr`))
    writeFileSync(at(`${name}.ext`), extensions)
    const by = ['-CA', at(`${signer}.crt`), '-CAkey', at(`${signer}.key`), '-CAcreateserial', '-days', '2']
    openssl(
      'x509',
      '-req',
      '-in',
      at(`${name}.csr`),
      '-extfile',
      at(`${name}.ext`),
      '-out',
      at(`${name}.crt`),
      ...by,
    )
  }
  sign('server', 'authority', 'subjectAltName=DNS:localhost,DNS:api.test,IP:127.0.0.1\n')
  sign('client', 'authority', 'extendedKeyUsage=clientAuth\n')
  sign('impostor', 'stranger', 'extendedKeyUsage=clientAuth\n')
  return {
    folder,
    read: (name) => readFileSync(at(name)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
