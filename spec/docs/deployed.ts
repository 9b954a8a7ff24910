/** Runs what docs/deployment.md shows: the server, and nginx in front of it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { compileFolder } from '../cli/compiled.ts'
import { certificate } from '../http2/interop/certificate.ts'
import { nginx } from '../http2/interop/nginx.ts'
import { environment, kill } from '../http2/interop/tools.ts'
import { readPage, stepsOf } from './page.ts'

const page = readPage('docs/deployment.md')

/** The page's blocks of a language; those of `text` alone, where it is given. */
export function blocks(language: string, text = ''): string[] {
  const found = page.blocks.filter((block) => block.language === language && block.code.includes(text))
  if (found.length === 0) throw new Error(`docs/deployment.md has no ${language} block with ${text}`)
  return found.map(({ code }) => code)
}

/** The page's server in a process of its own. */
export interface Deployed {
  readonly http: number
  readonly grpc: number
  readonly child: ChildProcess
}

/** Starts it; resolves when it is ready. */
export async function deploy(): Promise<Deployed> {
  const [http, grpc] = [await freePort(), await freePort()]
  const home = path.resolve('.cache', `deployment-${process.pid}`)
  mkdirSync(home, { recursive: true })
  for (const step of stepsOf(page)) {
    if (step.kind !== 'file') continue
    // What is asked while it drains must not be late on a busy machine.
    writeFileSync(
      path.join(home, step.name),
      step.block.code.replace('drainDelayMs: 5_000', 'drainDelayMs: 120_000'),
    )
  }
  const compiled = compileFolder(home, `deployment-${process.pid}`)
  const env = { ...process.env, HTTP_PORT: String(http), GRPC_PORT: String(grpc), MICROAPI_LOG_LEVEL: 'warn' }
  const child = spawn(process.execPath, [path.join(compiled, 'main.js')], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  onTestFinished(async () => {
    await kill(child, 'SIGKILL')
    for (const folder of [home, compiled]) rmSync(folder, { recursive: true, force: true })
  })
  await untilReady(`http://127.0.0.1:${http}/ready`, child)
  return { http, grpc, child }
}

/** Starts nginx with the page's configuration in front of it, and gives its port. */
export async function proxied({ http, grpc }: Deployed): Promise<number> {
  const home = mkdtempSync(path.join(tmpdir(), 'microapi-nginx-'))
  chmodSync(home, 0o755)
  const port = await freePort()
  const { key, cert } = certificate()
  writeFileSync(path.join(home, 'numbers.key'), key)
  writeFileSync(path.join(home, 'numbers.crt'), cert)
  const text = blocks('nginx')[0]!
    .replace('127.0.0.1:8080', `127.0.0.1:${http}`)
    .replace('127.0.0.1:50051', `127.0.0.1:${grpc}`)
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replaceAll('/etc/ssl/', `${home}/`)
  writeFileSync(path.join(home, 'nginx.conf'), around(text))
  const args = ['-p', `${home}/`, '-e', 'stderr', '-c', 'nginx.conf']
  const child = spawn(nginx.command, args, { stdio: ['ignore', 'ignore', 'inherit'], env: environment })
  onTestFinished(async () => {
    await kill(child, 'SIGTERM')
    rmSync(home, { recursive: true, force: true })
  })
  await untilListening(port, child)
  return port
}

// Beside what a packaged nginx.conf has: it is to live in a folder of the test's own.
const around = (text: string): string => `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr error;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  ${text}
}
`

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  await vi.waitFor(
    async () => {
      if (child.exitCode !== null) return
      const { ok } = await fetch(url)
      if (!ok) throw new Error(`${url} is not ready`)
    },
    { timeout: 30_000, interval: 50 },
  )
  if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  await vi.waitFor(
    () =>
      new Promise<void>((resolve, reject) => {
        if (child.exitCode !== null) return resolve()
        const socket = connect(port, '127.0.0.1', () => {
          socket.destroy()
          resolve()
        })
        socket.once('error', reject)
      }),
    { timeout: 30_000, interval: 50 },
  )
  if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
