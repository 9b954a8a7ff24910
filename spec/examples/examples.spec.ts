import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { describeKafka } from '../brokers/kafka.ts'
import { describeRabbitMq } from '../brokers/rabbitmq.ts'
import { compileFolder } from '../cli/compiled.ts'
import { project } from '../cli/installed.ts'
import { readPage } from '../docs/page.ts'
import { freshQueue } from '../transports/amqp/support.ts'
import { removeTopics } from '../transports/kafka/words-app.ts'
import { describePython } from '../transports/grpc/python.ts'

const slow = { timeout: 60_000 }

// Each example runs by tsx, as its user runs it; once more, for what another address changes, it runs compiled, which is faster.
const compiled = compileFolder('examples', 'examples')
const call = path.join(compiled, 'cities/call.js')

it('cities: `npm run example` calls all four patterns and ends by itself', slow, async () => {
  const output = await overHttp()
  expect(output).toContain('Bern, CH: 121631 inhabitants')
  expect(output).toContain('NOT_FOUND: there is no such city (1)')
  expect(output).toMatch(/Santiago, CL: \d+\nSanto Domingo, DO: \d+\n/)
  expect(output).toContain('5 cities in CL, DO, YE, US, 33094 km, 15 nights')
  expect(output).toContain('46.9, 7.5: Belp (CH), 1 km away')
})

it.each(['grpc', 'ws'])('cities: the same with --via %s://', slow, async (scheme) => {
  const answers = answersIn(await run(call, '--via', `${scheme}://127.0.0.1:0`))
  expect(answers).toBe(answersIn(await overHttp()))
})

describeRabbitMq('cities over RabbitMQ', (broker) => {
  it('the same with --via amqp://, behind a queue of its own', slow, async () => {
    const via = `${broker.url}?queue=${freshQueue(broker.url)}`
    const answers = answersIn(await run(call, '--via', via))
    expect(answers).toBe(answersIn(await overHttp()))
  })
})

describeKafka('cities over Kafka', (cluster) => {
  it('the same with --via kafka://, over topics of its own', slow, async () => {
    const own = `cities-${randomBytes(6).toString('hex')}`
    onTestFinished(() => removeTopics(cluster.brokers, own))
    const via = `kafka://${cluster.brokers.join(',')}?topic=${own}&group=${own}&replyTopic=${own}-replies`
    const answers = answersIn(await run(call, '--via', via))
    expect(answers).toBe(answersIn(await overHttp()))
  })
})

it('cities: `npm start` serves, its curl commands work, and SIGTERM stops it', slow, async () => {
  const { text, url, grpcUrl, stop } = await start('examples/cities/serve.ts')
  // Each command is one line, or more where the line ends in a pipe.
  const commands = text.replaceAll('|\n', '| ').match(/^ +.*\bcurl .*$/gm) ?? []
  const answers = commands.map((command) => spawnSync('bash', ['-c', command], { encoding: 'utf8' }).stdout)
  expect(answers).toHaveLength(5)
  const [unary, serverStream, clientStream, bidiStream, error] = answers
  expect(JSON.parse(unary!)).toMatchObject({ name: 'Bern', country: 'CH' })
  expect(lines(serverStream!)).toMatchObject([
    { name: 'Spring Valley' },
    { name: 'Springfield' },
    { name: 'Springfield' },
  ])
  expect(JSON.parse(clientStream!)).toEqual({
    cities: 2,
    countries: ['CH', 'FR'],
    nights: 4,
    distance_km: 435,
  })
  expect(lines(bidiStream!)).toMatchObject([{ city: { name: 'Belp' } }, { city: { name: 'Takoradi' } }])
  expect(JSON.parse(error!)).toMatchObject({ code: 'INVALID_ARGUMENT', error: 'input/id must be integer' })

  // The same from TypeScript, with the URL as its argument, over either.
  const [httpAnswers, grpcAnswers] = [await run(call, url), await run(call, grpcUrl)]
  expect(httpAnswers).toContain('Bern, CH')
  expect(grpcAnswers).toBe(httpAnswers)
  expect(await stop()).toBe(0)
})

it('cities: the .proto files are what `npm run example:proto` makes', slow, async () => {
  const args = ['generate', path.join(compiled, 'cities/app.js'), '--proto', '-o', 'examples/cities/proto']
  expect(await run(project.main, ...args, '--check')).toBe('')
})

describePython('grpc-python', () => {
  it('calls all four patterns, and prints what its README shows', slow, async () => {
    const { grpcUrl, stop } = await start(path.join(compiled, 'cities/serve.js'))
    const script = spawnSync('bash', ['examples/grpc-python/run.sh', grpcUrl.replace('grpc://', '')], {
      encoding: 'utf8',
    })
    expect([script.status, script.stderr]).toEqual([0, ''])
    const shown = readPage('examples/grpc-python/README.md').blocks.find(
      ({ language }) => language === 'text',
    )
    expect(script.stdout).toBe(`${shown!.code}\n`)
    expect(await stop()).toBe(0)
  })
})

it('contract: handlers apart, a client that checks and knows dates', slow, async () => {
  const output = await run('examples/contract/main.ts')
  expect(output).toContain('Buy bread true\nBuy bread\nINVALID_ARGUMENT')
})

it('fastify: a plugin beside the routes of the server', slow, async () => {
  expect(await run('examples/fastify/main.ts')).toBe('the site\nHello, Ada\n')
})

it('fetch: a handler for other runtimes', slow, async () => {
  expect(await run('examples/fetch/main.ts')).toBe('200 application/x-ndjson\n{"n":1}\n{"n":2}\n{"n":3}\n\n')
})

it('http2: served to curl and to the client, with a trailer', slow, async () => {
  expect(await run('examples/http2/main.ts')).toBe('Hello over HTTP/2\nsome octets\n200 one, two 8\n')
})

let example: Promise<string> | undefined

/** What `npm run example` writes, which is run once for all. */
function overHttp(): Promise<string> {
  return (example ??= run('examples/cities/call.ts').catch((error: unknown) => {
    example = undefined
    throw error
  }))
}

/** Without the log of the calls, which has times and ids. */
function answersIn(output: string): string {
  return output.replaceAll(/^call .*\n/gm, '')
}

function lines(text: string): unknown[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

function launch(file: string, ...args: string[]) {
  // Port 0: a free one.
  const env = { ...process.env, PORT: '0', GRPC_PORT: '0' }
  const loader = file.endsWith('.ts') ? ['--import', 'tsx'] : []
  const child = spawn(process.execPath, [...loader, file, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const written = { out: '', error: '' }
  child.stdout.on('data', (chunk: Buffer) => (written.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (written.error += chunk.toString()))
  return { child, written, exited: once(child, 'exit') as Promise<[number | null]> }
}

async function run(file: string, ...args: string[]): Promise<string> {
  const { written, exited } = launch(file, ...args)
  const [code] = await exited
  expect([code, written.error]).toEqual([0, ''])
  return written.out
}

async function start(file: string) {
  const { child, written, exited } = launch(file)
  while (!written.out.includes('bash examples/grpc-python/run.sh 127.')) {
    await Promise.race([
      once(child.stdout, 'data'),
      exited.then(() => Promise.reject(new Error(written.error))),
    ])
  }
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM')
    return (await exited)[0]
  }
  const urlOf = (scheme: string): string =>
    new RegExp(String.raw`\b${scheme}://[\d.:]+`).exec(written.out)![0]
  return { text: written.out, url: urlOf('http'), grpcUrl: urlOf('grpc'), stop }
}
