import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { call } from './call-command.ts'
import { runHere } from './command.ts'

const slow = { timeout: 60_000 }

/** Where nobody listens. */
async function deserted(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${port}`
}

/** With these payloads and none, all is said before stdin would be read. */
const callHere = (args: readonly string[]) => runHere(['call', ...args])

describe('microapi call where no server is', () => {
  it.each(['http', 'https', 'grpc', 'grpcs', 'ws', 'wss', 'amqp', 'amqps'])(
    '%s: one clear line, at once',
    slow,
    async (scheme) => {
      const at = `${scheme}://me:secret@${await deserted()}`
      const url = scheme.startsWith('amqp') ? at : at.replace('me:secret@', '')
      const ran = await callHere([url, 'numbers.double', '{"n":1}'])
      const shown = url.replace('secret', '…')
      expect(ran).toEqual({
        exit: 1,
        out: '',
        error: expect.stringMatching(
          /^microapi: UNAVAILABLE: [^\n]*ECONNREFUSED[^\n]*; is the server running, and is \S+ its address\?\n$/,
        ),
      })
      expect(ran.error).toContain(`is ${shown} its address?`)
      expect(ran.error).not.toContain('secret')
    },
  )

  it.each(['http', 'amqp'])('%s: so does the process', slow, async (scheme) => {
    const url = `${scheme}://${await deserted()}`
    expect(await call([url, 'numbers.double', '{"n":1}'])).toEqual({
      exit: 1,
      out: '',
      error: expect.stringMatching(/^microapi: UNAVAILABLE: [^\n]*ECONNREFUSED[^\n]*\n$/),
    })
  })
})

describe('a command line that makes no sense ends with 2, in one line', () => {
  const url = 'http://127.0.0.1:1'
  const method = 'users.get_user'

  it.each([
    [['kafkaesque://a', method], /no transport for "kafkaesque:\/\/a"; known are http:\/\/, .*grpcs:\/\//],
    [['localhost:8080', method], /no transport for "localhost:8080"; known are http:\/\//],
    [
      ['http://me@127.0.0.1:1', method],
      /http:\/\/ takes host, port and path; there is no place for a user name/,
    ],
    [['amqp://127.0.0.1:1?colour=red', method], /amqp: a URL takes queue, .*; there is no place for colour/],
    [[url, 'users'], /"users" is no method; write service\.method, as in users\.get_user/],
    [[url, 'users.'], /"users\." is no method;/],
    [[url, '__proto__.constructor'], /there can be no method __proto__\.constructor;/],
    [[url, 'close.name'], /there can be no method close\.name;/],
    [
      [url, method, '{user_id:1}'],
      /the payload: not JSON at character 2, where "user_id:1}" stands; write it as in '\{"user_id":1\}'/,
    ],
    [[url, method, '{"user_id":1'], /the payload: not JSON at character 13, where it ends;/],
    [[url, method, '{"a":1,\n "b":01}'], /the payload: not JSON at line 2, character 7, where "1}" stands;/],
    [[url, method, '@nowhere.json'], /there is no file nowhere\.json; @ stands before the path of a payload/],
    [[url, method, '{}', '--stream'], /a payload and --stream are two sources of messages; give one of them/],
    [
      [url, method, '--stream', '--no-stdin'],
      /--stream reads stdin, and --no-stdin does not; give one of them/,
    ],
    [
      [url, method, '{}', '--timeout', '5'],
      /'5' is invalid\. write a number and its unit, as in 500ms, 5s or 2m\./,
    ],
    [[url, method, '{}', '--timeout', '0s'], /'0s' is invalid\. write a number and its unit/],
    [[url, method, '{}', '-m', 'authorization'], /'authorization' is invalid\. write key=value\./],
    [[url, method, '{}', '-m', 'a b=1'], /metadata key "a b": use letters, digits/],
    [[url], /missing required argument 'method'; microapi call --help says more/],
    [
      [url, method, '{}', '--verbos'],
      /unknown option '--verbos' \(Did you mean --verbose\?\); microapi call --help/,
    ],
  ])('%j', slow, async (args, message) => {
    const ran = await callHere(args)
    expect(ran).toEqual({ exit: 2, out: '', error: expect.stringMatching(message) })
    expect(ran.error).toMatch(/^microapi: [^\n]+\n$/)
  })

  it('stdin without a message, for the process too', slow, async () => {
    expect(await call([url, method, '-'])).toEqual({
      exit: 2,
      out: '',
      error: expect.stringMatching(/^microapi: stdin: not JSON at character 1, where it ends;[^\n]+\n$/),
    })
  })

  it('a file that cannot be read is a failure', slow, async () => {
    expect(await callHere([url, method, '@spec'])).toEqual({
      exit: 1,
      out: '',
      error: expect.stringMatching(/^microapi: spec cannot be read: EISDIR[^\n]+\n$/),
    })
  })
})

it('--help shows how to call, with examples', slow, async () => {
  const { exit, out } = await callHere(['--help'])
  expect(exit).toBe(0)
  for (const text of ['<url> <method> [payload]', 'Examples:', '--no-stdin', '130 Ctrl-C'])
    expect(out).toContain(text)
})
