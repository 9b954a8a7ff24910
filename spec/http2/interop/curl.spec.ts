import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { certificate } from './certificate.ts'
import { createDemo } from './demo.ts'
import { serve, type Scheme } from './ends.ts'
import { folder } from './folder.ts'
import { MiB, octets } from './octets.ts'
import { describeTool, run } from './tools.ts'

describeTool({ command: 'curl', debian: 'curl' }, () => {
  describe.each<Scheme>(['http', 'https'])('over %s', (scheme) => {
    async function start() {
      const demo = createDemo()
      const served = await serve(demo.onStream, { scheme })
      const at = folder({ 'ca.pem': certificate().cert, body: octets(2 * MiB) })
      const protocol = scheme === 'http' ? ['--http2-prior-knowledge'] : ['--http2', '--cacert', at('ca.pem')]
      const curl = (path: string, ...args: string[]) =>
        run('curl', ['-sS', '--max-time', '8', ...protocol, ...args, served.url + path])
      return { ...served, ...demo, at, curl }
    }

    it('is answered, in HTTP/2', async () => {
      const { curl } = await start()
      const version = ['-w', '%{http_version} %{http_code} %{content_type}']
      expect(await curl('/', ...version)).toEqual({ exit: 0, stdout: 'hello\n2 200 text/plain', stderr: '' })
    })

    it('shows headers, interim ones and trailers', async () => {
      const { curl } = await start()
      const early = await curl('/early', '-i')
      expect(early.stdout).toMatch(/HTTP\/2 103 \r\nlink: <\/a.css>; rel=preload\r\n\r\nHTTP\/2 200 \r\n/)
      const trailers = await curl('/trailers', '-v')
      expect(trailers.stderr).toContain('< x-first: 1')
      expect(trailers.stderr).toContain('< x-last: 2')
      expect(trailers.stdout).toBe('body\n')
    })

    it('sends its own headers', async () => {
      const { curl } = await start()
      const { stdout } = await curl('/headers', '-H', 'X-One: 1', '-H', 'Cookie: a=1; b=2', '-A', 'agent')
      const [fields] = JSON.parse(stdout) as [Record<string, string>]
      const expected = {
        ':method': 'GET',
        ':scheme': scheme,
        'x-one': '1',
        cookie: 'a=1; b=2',
        'user-agent': 'agent',
      }
      expect(fields).toMatchObject(expected)
    })

    it('uploads 2 MiB, and has them back', async () => {
      const { curl, at } = await start()
      const file = ['--data-binary', `@${at('body')}`, '-H', 'expect:']
      expect((await curl('/size', ...file)).stdout).toBe(`${2 * MiB} -\n`)
      expect(await curl('/echo', ...file, '-o', at('back'))).toMatchObject({ exit: 0 })
      expect(readFileSync(at('back')).equals(octets(2 * MiB))).toBe(true)
    })

    it('waits for 100 before it uploads', async () => {
      const { curl, at } = await start()
      const { stdout, stderr } = await curl('/continue', '-v', '-T', at('body'), '-H', 'expect: 100-continue')
      expect(stdout).toBe(`${2 * MiB} -\n`)
      expect(stderr).toContain('< HTTP/2 100')
    })

    it('gets headers alone for HEAD', async () => {
      const { curl } = await start()
      expect((await curl('/', '-I')).stdout).toMatch(/^HTTP\/2 200 \r\n[^]*content-length: 6\r\n\r\n$/)
    })

    it('reads 8 MiB at its own pace', async () => {
      const { curl, at } = await start()
      const rate = ['--limit-rate', '20M', '-o', at('back')]
      expect(await curl(`/download?octets=${8 * MiB}`, ...rate)).toMatchObject({ exit: 0 })
      expect(readFileSync(at('back')).equals(octets(8 * MiB))).toBe(true)
    })

    it('hears of a reset', async () => {
      const { curl } = await start()
      const { exit, stderr } = await curl('/reset?code=INTERNAL_ERROR')
      expect([exit, stderr]).toEqual([92, expect.stringContaining('INTERNAL_ERROR')])
    })

    it('that goes away in the middle ends its stream', async () => {
      const { curl, probe, errors } = await start()
      const { exit } = await curl(`/download?octets=${8 * MiB}`, '--max-filesize', '1000', '-o', '/dev/null')
      expect(exit).toBe(63)
      await probe.until('download failed')
      expect(errors.every(({ message }) => message.includes('lost'))).toBe(true)
    })
  })

  // Over TLS alone: without it, Debian 12's curl uses no connection again, whatever the server.
  it('makes many requests at once on one connection', async () => {
    const { onStream } = createDemo()
    let most = 0
    const { url, server } = await serve(
      (stream) => {
        most = Math.max(most, server.connections)
        onStream(stream)
      },
      { scheme: 'https' },
    )
    const args = [
      '-sS',
      '-k',
      '--max-time',
      '8',
      '-Z',
      '--parallel-max',
      '50',
      '-d',
      'abc',
      `${url}/size?[1-200]`,
    ]
    const { exit, stdout } = await run('curl', args)
    expect([exit, stdout]).toEqual([0, '3 -\n'.repeat(200)])
    expect(most).toBe(1)
  })

  it('without HTTP/2 is told so, and gets no answer', async () => {
    const { onStream } = createDemo()
    const { url, errors } = await serve(onStream)
    const { exit } = await run('curl', ['-sS', '--max-time', '8', '--http1.1', url])
    expect(exit).not.toBe(0)
    expect(errors).toMatchObject([
      { code: 'PROTOCOL_ERROR', message: expect.stringContaining('prior knowledge') },
    ])
    const tls = await serve(onStream, { scheme: 'https' })
    expect((await run('curl', ['-sS', '-k', '--max-time', '8', '--http1.1', tls.url])).exit).not.toBe(0)
    expect((await run('curl', ['-sS', '-k', '--max-time', '8', '--http2', tls.url])).stdout).toBe('hello\n')
  })
})
