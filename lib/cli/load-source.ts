import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { describing } from '../core/describe.ts'
import { isRpcError } from '../core/errors.ts'
import type { ApiDescription, ApiSource } from '../generate/json-schema/source.ts'
import { escapeControls } from './answer-output.ts'
import { askServer, type AskedClient } from './ask-server.ts'
import { failure, oneLine, wrongUsage, type CommandError } from './failure.ts'
import { parseJsonText } from './json-text.ts'
import { loadApp } from './load-app.ts'
import { openTransport } from './open-transport.ts'
import { publicApi } from './public-api.ts'
import { readDescription } from './read-description.ts'
import { closeSoon, whileAwake } from './while-awake.ts'
import { withoutPassword } from './without-password.ts'

/** What a command line's `<app | url | description.json>` led to. */
export interface LoadedSource {
  /** The app, the contract, or the description of one of them. */
  readonly source: ApiSource
  /** The file that the app or contract stands in, as it was given; undefined for a description. */
  readonly file: string | undefined
  /** Whether it is an app that another copy of this package made, which only describes itself here. */
  readonly isForeign: boolean
}

/** So long a server has time to describe itself, in ms. */
const askMs = 10_000

/**
 * Loads what describes services: an app or a contract (`path/to/file.ts:app`), a description that was saved
 * (`description.json`), or a server that describes itself, by its URL. Throws a CommandError with the way out.
 */
export async function loadSource(argument: string): Promise<LoadedSource> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(argument)) return described(await askUrl(argument))
  if (/\.json$/i.test(argument)) return described(await readSaved(argument))
  return loadApp(argument)
}

function described(source: ApiDescription): LoadedSource {
  return { source, file: undefined, isForeign: false }
}

async function readSaved(file: string): Promise<ApiDescription> {
  if (!existsSync(path.resolve(file)))
    throw wrongUsage(
      `there is no file ${file} in ${process.cwd()}; microapi generate --description writes a description`,
    )
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw failure(`${file} cannot be read: ${oneLine(error)}`, error)
  })
  const { description, fault } = readDescription(parse(text, file))
  if (!fault) return description
  throw failure(`${file} is no description: ${place(fault)}; microapi generate --description writes one`)
}

function parse(text: string, file: string): unknown {
  try {
    return parseJsonText(text)
  } catch (error) {
    throw failure(`${file}: ${oneLine(error)}; microapi generate --description writes a description`, error)
  }
}

async function askUrl(url: string): Promise<ApiDescription> {
  const { createClient, registry } = await publicApi()
  const client = createClient(await openTransport(registry, url), { retry: false })
  const said = await whileAwake(async () => {
    try {
      return await askServer(client as unknown as AskedClient, { timeoutMs: askMs })
    } catch (error) {
      throw askFailure(url, error)
    } finally {
      await closeSoon(client)
    }
  })
  const { description, fault } = readDescription(said)
  if (!fault) return description
  throw failure(
    `the server at ${withoutPassword(url)} answers ${describing.service}.${describing.method} with what is no description: ${place(fault)}; is it a server of microapi-ts?`,
  )
}

function place({ pointer, message }: { readonly pointer: string; readonly message: string }): string {
  return `${pointer === '' ? 'it' : pointer} ${message}`
}

function askFailure(url: string, error: unknown): CommandError {
  const shown = withoutPassword(url)
  if (!isRpcError(error)) return failure(oneLine(error), error)
  const { code, message } = error
  const said = escapeControls(`${code}: ${message}`)
  if (code === 'UNAVAILABLE')
    return failure(`${said}; is the server running, and is ${shown} its address?`, error)
  if (code === 'DEADLINE_EXCEEDED')
    return failure(
      `nothing at ${shown} has answered within ${askMs / 1_000} s; is the server running?`,
      error,
    )
  const why = code === 'UNIMPLEMENTED' ? '' : ` (${said})`
  return failure(
    `the server at ${shown} does not describe itself${why}; start it with describe: true, or by microapi run --describe`,
    error,
  )
}
