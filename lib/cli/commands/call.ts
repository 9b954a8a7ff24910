import { InvalidArgumentError, type Command } from 'commander'
import { createMetadata, type Metadata } from '../../core/metadata.ts'
import { parseDuration } from '../duration.ts'
import { oneLine } from '../failure.ts'
import type { Terminal } from '../terminal.ts'

interface CallOptions {
  readonly stream?: boolean
  readonly stdin: boolean
  readonly metadata?: Metadata
  readonly timeout?: number
  readonly event?: boolean
  readonly check: boolean
  readonly verbose?: boolean
}

const help = `
Answers are written as JSON, one a line, as they come; laid out for reading where stdout is a terminal.
The messages are
  '{"user_id":1}'   one message
  @file.json        one message, from a file
  -                 one message, from stdin, over several lines if need be
  none of them      a stream: each line of stdin is a message, unless stdin is a terminal or is empty
Over HTTP, WebSocket and gRPC a server that describes itself is asked first: then names and messages are checked before they
leave, and stdin is one message where the method takes one.
Ctrl-C cancels the call.

Examples:
  microapi call http://:8080 users.get_user '{"user_id":1}'
  microapi call grpc://:50051 users.list_users '{"limit":50}' > users.ndjson
  microapi call ws://:8765 users.add_users < users.ndjson
  microapi call http://:8080 users.list_users | microapi call grpc://:50051 users.add_users
  microapi call http://:8080 users.get_user @request.json --metadata 'authorization=Bearer …' --timeout 5s --verbose
  microapi call amqp://localhost orders.placed '{"id":7}' --event

Exit codes: 0 all is well, 1 the call failed, 2 the command line or a message is wrong, 130 Ctrl-C`

/** `microapi call`: one call of any kind, over any transport. */
export function addCall(program: Command, terminal: Terminal): void {
  program
    .command('call')
    .description('Calls a method of a server, over any transport: JSON in, JSON out, streams line by line.')
    .argument('<url>', 'where the server is, as in http://127.0.0.1:8080')
    .argument('<method>', 'service.method')
    .argument('[payload]', 'the message as JSON, @file, or - for stdin')
    .option('--stream', 'stdin is the stream of messages, typed in a terminal or empty too; begins at once')
    .option('--no-stdin', 'leaves stdin alone: without a payload there is no message')
    .option('-m, --metadata <key=value>', 'sent beside the messages; may be said again', metadata)
    .option(
      '-t, --timeout <time>',
      'how long the whole call may take, as in 500ms or 5s (default: no limit)',
      time,
    )
    .option('--event', 'publishes, for a method that is an event; from stdin, each line')
    .option('--no-check', 'sends what it is given, without asking the server first what the method takes')
    .option('-v, --verbose', 'tells header, trailer, counts and times, on stderr')
    .addHelpText('after', help)
    .action(async (url: string, method: string, payload: string | undefined, options: CallOptions) => {
      // What every transport takes is loaded when there is a call to make.
      const { makeCall } = await import('../make-call.ts')
      const { stream = false, stdin, event = false, check, verbose = false } = options
      const { timeout: timeoutMs, metadata: sent } = options
      await makeCall(
        { url, method, payload, stream, stdin, event, check, verbose, timeoutMs, metadata: sent },
        terminal,
      )
    })
}

function metadata(text: string, before: Metadata = createMetadata()): Metadata {
  const at = text.indexOf('=')
  if (at <= 0) throw new InvalidArgumentError('write key=value.')
  return orInvalid(() => before.append(text.slice(0, at), text.slice(at + 1)))
}

function time(text: string): number {
  return orInvalid(() => parseDuration(text))
}

function orInvalid<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new InvalidArgumentError(oneLine(error))
  }
}
