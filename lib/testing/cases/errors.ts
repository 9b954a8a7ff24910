import { createCall } from '../../core/create-call.ts'
import { isErrorCode, statusOfNumber, type ErrorCode } from '../../core/status.ts'
import { check, equal, fails } from '../assert.ts'
import { secretText } from '../app.ts'
import type { ConformanceCase, World } from '../harness.ts'

const topic = 'errors'

const codes = Array.from({ length: 16 }, (_, i) => statusOfNumber(i + 1)).filter(isErrorCode)

const eachCode = codes.map((code: ErrorCode): ConformanceCase => ({
  topic,
  name: `${code} arrives with its message`,
  async run({ client }) {
    const message = `as told: ${code} ä €`
    const error = await fails(() => client.failures.coded({ code, message }), { code, message })
    equal(error.retryable, code === 'UNAVAILABLE', 'retryable')
  },
  client: { retry: false },
}))

/** Asks for names that nobody defined; a typed client could not. */
async function ask({ invoke }: World, service: string, method: string): Promise<unknown> {
  return invoke(createCall({ service, method, kind: 'unary', input: {}, peer: { transport: 'test' } }))
}

const strange = ['nobody', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype']

function noSecret(error: Error): void {
  const seen = [
    error.message,
    error.stack,
    JSON.stringify(error),
    JSON.stringify((error as { details?: unknown }).details ?? null),
  ]
  check(!seen.join(' ').includes(secretText), 'the secret has leaked')
}

/** What becomes of failures. */
export const errorCases: readonly ConformanceCase[] = [
  ...eachCode,
  ...strange.map((name): ConformanceCase => ({
    topic,
    name: `a service or method called ${name} is UNIMPLEMENTED`,
    clients: 'once',
    async run(world) {
      await fails(ask(world, name, 'nothing'), { code: 'UNIMPLEMENTED' })
      await fails(ask(world, 'values', name), { code: 'UNIMPLEMENTED' })
    },
  })),
  {
    topic,
    name: 'an empty message arrives as such',
    run: ({ client }) =>
      fails(() => client.failures.coded({ code: 'NOT_FOUND', message: '' }), {
        code: 'NOT_FOUND',
        message: '',
      }).then(() => {}),
  },
  {
    topic,
    name: 'a message of several lines arrives as it is',
    async run({ client }) {
      const message = 'one\r\ntwo\nthree: 100 % "quoted"'
      await fails(() => client.failures.coded({ code: 'ABORTED', message }), { code: 'ABORTED', message })
    },
  },
  {
    topic,
    name: 'a thrown secret stays in the log',
    async run({ client, log }) {
      const error = await fails(() => client.failures.secret(), {
        code: 'INTERNAL',
        message: 'internal error',
      })
      noSecret(error)
      const logged = log.lines.map(({ details }) => (details as { error?: Error }).error?.message)
      check(logged.includes(secretText), 'the log does not say what happened')
    },
  },
  {
    topic,
    name: 'a secret thrown in mid-stream stays in the log',
    async run({ client, log }) {
      const work = async (): Promise<void> => {
        for await (const _ of client.failures.after({ items: 1, how: 'secret' }));
      }
      noSecret(await fails(work, { code: 'INTERNAL', message: 'internal error' }))
      check(
        log.lines.some(({ level }) => level === 'error'),
        'nothing was logged',
      )
    },
  },
  {
    topic,
    name: 'a declared error arrives with its reason and its details',
    async run({ client }) {
      await fails(() => client.failures.declared({ left: 3 }), {
        code: 'FAILED_PRECONDITION',
        reason: 'OUT_OF_STOCK',
        message: 'nothing left',
        details: { left: 3, until: '1970-01-01T00:00:00.000Z' },
      })
    },
  },
  {
    topic,
    name: 'a declared error without details may have a message of its own, and says that it may pass',
    async run({ client }) {
      const error = await fails(() => client.failures.busy(), {
        code: 'RESOURCE_EXHAUSTED',
        reason: 'BUSY',
        message: 'come back',
      })
      equal(error.retryable, true, 'retryable')
    },
  },
  {
    topic,
    name: 'a declared error in mid-stream arrives with its reason and its details',
    async run({ client }) {
      const work = async (): Promise<void> => {
        for await (const _ of client.failures.after({ items: 2, how: 'declared' }));
      }
      await fails(work, { code: 'FAILED_PRECONDITION', reason: 'OUT_OF_STOCK', details: { left: 2 } })
    },
  },
]
