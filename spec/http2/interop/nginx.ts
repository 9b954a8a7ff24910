import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { nodeClientOf } from './ends.ts'
import { environment, kill, type Tool } from './tools.ts'

/** The program. */
export const nginx: Tool = { command: 'nginx', debian: 'nginx' }

/** An nginx of this test, which passes everything on to our server. */
export interface Nginx {
  readonly url: string
  /** What it has complained of. */
  readonly complaints: () => string
}

const config = (port: number, upstream: number): string => `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http {
  access_log off;
  client_max_body_size 16m;
  client_body_temp_path tmp/body;
  proxy_temp_path tmp/proxy;
  fastcgi_temp_path tmp/fastcgi;
  uwsgi_temp_path tmp/uwsgi;
  scgi_temp_path tmp/scgi;
  upstream engine { server 127.0.0.1:${upstream}; keepalive 8; }
  server {
    listen 127.0.0.1:${port} http2;
    location / {
      grpc_pass grpc://engine;
      grpc_read_timeout 10s;
    }
  }
}
`

/** Starts it in a folder of its own; resolves when it answers. */
export async function startNginx(upstream: number): Promise<Nginx> {
  const home = mkdtempSync(join(tmpdir(), 'microapi-nginx-'))
  chmodSync(home, 0o755)
  mkdirSync(join(home, 'tmp'))
  const port = await freePort()
  writeFileSync(join(home, 'nginx.conf'), config(port, upstream))
  const args = ['-p', `${home}/`, '-e', 'stderr', '-c', 'nginx.conf']
  const child = spawn(nginx.command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: environment })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  onTestFinished(async () => {
    await kill(child, 'SIGTERM')
    rmSync(home, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}: ${complaints}`)
    try {
      const session = await nodeClientOf(url)
      session.destroy()
      return { url, complaints: () => complaints }
    } catch {
      // It does not listen yet: the next attempt is a turn away.
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
