import { describe, expect, it } from 'vitest'
import { createDemo } from './demo.ts'
import { serve, type Scheme } from './ends.ts'
import { folder } from './folder.ts'
import { MiB, octets } from './octets.ts'
import { describeTool, run } from './tools.ts'

describeTool({ command: 'nghttp', debian: 'nghttp2-client' }, () => {
  describe.each<Scheme>(['http', 'https'])('over %s', (scheme) => {
    async function start(maxHeaderListSize = 16_384) {
      const demo = createDemo()
      const served = await serve(demo.onStream, { scheme, maxHeaderListSize })
      const nghttp = async (path: string, ...args: string[]) => {
        const { exit, stdout } = await run('nghttp', ['-v', '--no-dep', ...args, served.url + path])
        expect(exit).toBe(0)
        // Without colours and times.
        return stdout.replaceAll(/\[[\d;]*m|\[ *\d+\.\d+\] ?/g, '')
      }
      return { ...served, ...demo, nghttp }
    }

    it('negotiates HTTP/2, and shows our frames', async () => {
      const { nghttp } = await start()
      const output = await nghttp('/')
      expect(output).toContain('[SETTINGS_MAX_CONCURRENT_STREAMS(0x03):100]')
      expect(output).toContain('[SETTINGS_INITIAL_WINDOW_SIZE(0x04):1048576]')
      expect(output).toMatch(/recv SETTINGS frame <length=0, flags=0x01/)
      expect(output).toMatch(/:status: 200[^]*content-length: 6/)
      expect(output).toContain('hello\n')
      expect(output).not.toContain('RST_STREAM')
    })

    it.each([
      ['a window of 1,023 octets a stream', ['-w', '10']],
      ['windows of 65,535 octets for all', ['-w', '16', '-W', '16']],
      ['padding of 255 octets', ['-b', '255']],
      ['padding of 1 octet', ['-b', '1']],
      ['no header table', ['--header-table-size', '0', '--encoder-header-table-size', '0']],
      ['a small header table', ['--header-table-size', '100', '--header-table-size', '50']],
      ['everything at once', ['-w', '9', '-b', '100', '--header-table-size', '0']],
    ])('has 1 MiB echoed with %s', async (_, args) => {
      const { nghttp, errors } = await start()
      const at = folder({ body: octets(MiB).toString('hex', 0, MiB / 2) })
      const output = await nghttp('/echo', ...args, '-d', at('body'), '-H', ':method: POST')
      expect(output).toContain(`x-octets: ${MiB}`)
      expect(output).not.toContain('RST_STREAM')
      expect(errors).toEqual([])
    })

    it('reads three octets at a time', async () => {
      const { nghttp, errors } = await start()
      expect(await nghttp('/download?octets=500', '-w', '2', '-n')).toContain('recv DATA frame <length=3,')
      expect(errors).toEqual([])
    })

    it('sends trailers, and shows ours', async () => {
      const { nghttp } = await start()
      const at = folder({ body: 'abc' })
      expect(await nghttp('/size', '-d', at('body'), '--trailer', 'x-sum: 9')).toContain('3 9\n')
      expect(await nghttp('/trailers')).toMatch(/x-first: 1[^]*body\n[^]*x-last: 2/)
    })

    it('waits for 100, and hears of 103', async () => {
      const { nghttp } = await start()
      const at = folder({ body: 'abcd' })
      expect(await nghttp('/continue', '-d', at('body'), '--expect-continue')).toMatch(
        /:status: 100[^]*:status: 200/,
      )
      expect(await nghttp('/early')).toMatch(/:status: 103[^]*link: [^]*:status: 200/)
    })

    it('makes many requests on one connection, also with headers in several frames', async () => {
      const { nghttp, errors } = await start(100_000)
      for (const more of [[], ['--continuation']]) {
        const output = await nghttp('/headers', '-m', '300', ...more, '-H', 'x-one: 1')
        expect(output.match(/recv \(stream_id=\d+\) :status: 200/g)).toHaveLength(300)
        expect(output).toContain('"x-one":"1"')
        expect(output).not.toContain('RST_STREAM')
      }
      expect(errors).toEqual([])
    })

    it('reads headers of ours that take several frames', async () => {
      const { nghttp } = await start()
      const output = await nghttp('/large?fields=25')
      expect(output).toMatch(/recv \(stream_id=\d+\) x-field-24: /)
      expect(output).toContain('large\n')
    })

    it('shows which reset it was', async () => {
      const { nghttp } = await start()
      expect(await nghttp('/reset?code=ENHANCE_YOUR_CALM')).toContain('error_code=ENHANCE_YOUR_CALM(0x0b)')
    })
  })
})
