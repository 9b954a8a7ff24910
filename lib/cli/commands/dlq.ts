import { InvalidArgumentError, type Command } from 'commander'
import type { ListOptions } from '../dlq/list.ts'
import type { ReplayOptions } from '../dlq/replay.ts'
import type { ShowOptions } from '../dlq/show.ts'
import type { Terminal } from '../terminal.ts'

const listHelp = `
The names are of queues or topics, with .dead or without it. Without names they are those of the app, and over Kafka all that end in
.dead; RabbitMQ tells nobody over AMQP which queues it has. Where apps have queues of other names than by default, the URL says so,
as it does for servers: amqp://localhost?queue=shop&eventExchange=shop-events.

Examples:
  microapi dlq list kafka://localhost:9092
  microapi dlq list amqp://localhost --app src/app.ts
  microapi dlq list amqp://localhost microapi-events.orders.placed`

const showHelp = `
Nothing is taken out. RabbitMQ hands the messages out and has them put back, which marks them as redelivered; Kafka is read without
a position.

Examples:
  microapi dlq show amqp://localhost microapi-events.orders.placed
  microapi dlq show amqp://localhost microapi-events.orders.placed --app src/app.ts --limit 1
  microapi dlq show kafka://localhost:9092 microapi-events.orders.placed --json | jq .error.code`

const replayHelp = `
A message goes back to the queue or the topic that it failed in, as if it had never been handled; the handler of that alone has it again.
None is lost. Over RabbitMQ one may go twice when the connection is lost in the midst of it. Kafka takes nothing out of a topic: the
group microapi-dlq-replay remembers what was replayed, together with the sending, so that the next replay goes on behind it.
What is no envelope, and with --app what the method's schema does not allow, is left where it is, and the exit code is 1.
Ctrl-C stops between messages.

Examples:
  microapi dlq replay amqp://localhost microapi-events.orders.placed --app src/app.ts --dry-run
  microapi dlq replay amqp://localhost microapi-events.orders.placed --app src/app.ts
  microapi dlq replay kafka://localhost:9092 microapi-events.orders.placed --id 3:17 --id 3:18

Exit codes: 0 all is well, 1 messages were left or the broker failed, 2 the command line is wrong, 130 Ctrl-C`

const appFlag = '--app <app>'
const appHelp =
  'says what the messages should be: path/to/file.ts:app, description.json, or the URL of a server that describes itself'
const nameHelp = 'of the queue or the topic, with .dead or without it'
const urlHelp = 'the broker: amqp://user:password@host or kafka://host:9092'

/** `microapi dlq`: messages that failed for good. */
export function addDlq(program: Command, terminal: Terminal): void {
  const dlq = program
    .command('dlq')
    .description(
      'Lists, shows and replays dead letters of RabbitMQ and Kafka: messages that failed for good.',
    )
  dlq
    .command('list')
    .description('Says how many dead letters there are, since when, and what they failed with.')
    .argument('<url>', urlHelp)
    .argument('[names...]', 'queues or topics')
    .option(appFlag, appHelp)
    .option(
      '--limit <number>',
      'looks at so many messages of each for their times and errors',
      positive,
      1_000,
    )
    .option('--json', 'a line of JSON for each')
    .addHelpText('after', listHelp)
    .action(async (url: string, names: readonly string[], options: ListOptions) => {
      const { listDeadLetters } = await import('../dlq/list.ts')
      await listDeadLetters(url, names, options, terminal)
    })
  dlq
    .command('show')
    .description('Shows dead letters, the oldest first, and leaves them where they are.')
    .argument('<url>', urlHelp)
    .argument('<name>', nameHelp)
    .option('--limit <number>', 'at most so many', positive, 20)
    .option('--json', 'a line of JSON for each, with all that is in it')
    .option(appFlag, appHelp)
    .option('--from-start', 'Kafka: those that were replayed as well')
    .addHelpText('after', showHelp)
    .action(async (url: string, name: string, options: ShowOptions) => {
      const { showDeadLetters } = await import('../dlq/show.ts')
      await showDeadLetters(url, name, options, terminal)
    })
  dlq
    .command('replay')
    .description('Sends dead letters back to where they failed.')
    .argument('<url>', urlHelp)
    .argument('<name>', nameHelp)
    .option('--limit <number>', 'at most so many (default: all that there are)', positive)
    .option('--id <id>', 'this one alone, by the id that show says; may be said again', collect)
    .option('--dry-run', 'sends nothing, and says what would be')
    .option(appFlag, appHelp)
    .option('--force', 'sends what is invalid as well')
    .option('--from-start', 'Kafka: begins anew, with those that were replayed as well')
    .addHelpText('after', replayHelp)
    .action(async (url: string, name: string, options: ReplayOptions) => {
      const { replayDeadLetters } = await import('../dlq/replay.ts')
      await replayDeadLetters(url, name, options, terminal)
    })
}

function positive(text: string): number {
  const number = Number(text)
  if (/^\d{1,9}$/.test(text) && number > 0) return number
  throw new InvalidArgumentError('write a whole number above 0.')
}

function collect(id: string, before: readonly string[] = []): readonly string[] {
  return [...before, id]
}
