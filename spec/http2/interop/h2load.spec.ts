import { describe, expect, it } from 'vitest'
import { createDemo } from './demo.ts'
import { serve, type Scheme } from './ends.ts'
import { folder } from './folder.ts'
import { octets } from './octets.ts'
import { describeTool, run } from './tools.ts'

describeTool({ command: 'h2load', debian: 'nghttp2-client' }, () => {
  describe.each<Scheme>(['http', 'https'])('over %s', (scheme) => {
    it.each([
      ['on one connection, one at a time', 200, ['-c', '1', '-m', '1']],
      ['16 at a time on 8 connections', 5_000, ['-c', '8', '-m', '16']],
      ['over the limit of streams', 2_000, ['-c', '2', '-m', '300']],
      ['with windows of 1,023 octets', 400, ['-c', '4', '-m', '10', '-w', '10']],
      ['with a window of 1,023 octets for the connection', 200, ['-c', '4', '-m', '10', '-W', '10']],
      ['without a header table', 1_000, ['-c', '4', '-m', '10', '--header-table-size', '0']],
    ])('gets an answer to every request, %s', async (_, requests, args) => {
      const { onStream } = createDemo()
      const { url, errors, server } = await serve(onStream, { scheme })
      const { exit, stdout } = await run('h2load', [
        '-n',
        String(requests),
        ...args,
        `${url}/download?octets=2500`,
      ])
      expect(exit).toBe(0)
      expect(stdout).toContain(`${requests} succeeded, 0 failed, 0 errored, 0 timeout`)
      expect(stdout).toContain(`status codes: ${requests} 2xx`)
      expect(errors).toEqual([])
      await expect.poll(() => server.connections).toBe(0)
    })

    it('gets its body counted', async () => {
      const { onStream } = createDemo()
      const { url, errors } = await serve(onStream, {
        scheme,
        streamWindow: 10_000,
        connectionWindow: 65_535,
      })
      const at = folder({ body: octets(100_000) })
      const args = ['-n', '200', '-c', '2', '-m', '20', '-d', at('body'), `${url}/size`]
      const { stdout } = await run('h2load', args)
      expect(stdout).toContain('200 succeeded, 0 failed, 0 errored, 0 timeout')
      // "100000 -\n"
      expect(stdout).toMatch(/\(1800\) data/)
      expect(errors).toEqual([])
    })
  })
})
