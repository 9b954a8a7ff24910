import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { AsyncApiOptions } from '../generate/asyncapi/document.ts'
import type { ApiInfo, OpenApiOptions } from '../generate/openapi/document.ts'
import { failure, oneLine, wrongUsage } from './failure.ts'

/** What `--api-info` names: a file of what an app cannot know of itself. */
export interface ApiInfoFile {
  readonly info?: Partial<ApiInfo>
  /** What services are for, by name. */
  readonly services?: Readonly<Record<string, string>>
  readonly openapi?: Omit<OpenApiOptions, 'info' | 'services'>
  readonly asyncapi?: Omit<AsyncApiOptions, 'info' | 'services'>
}

type Kind = 'object' | 'list' | 'text' | 'boolean'
type Kinds = Readonly<Record<string, Kind>>

const known: Kinds = { info: 'object', services: 'object', openapi: 'object', asyncapi: 'object' }
const inner: Readonly<Record<string, Kinds>> = {
  info: {
    title: 'text',
    version: 'text',
    summary: 'text',
    description: 'text',
    termsOfService: 'text',
    contact: 'object',
    license: 'object',
  },
  openapi: {
    servers: 'list',
    prefix: 'text',
    health: 'boolean',
    securitySchemes: 'object',
    security: 'list',
    securityOf: 'object',
    metadata: 'object',
  },
  asyncapi: {
    transports: 'list',
    amqp: 'object',
    kafka: 'object',
    view: 'text',
    securitySchemes: 'object',
  },
}

/** Reads what `--api-info` names; nothing where it was not given. Throws a CommandError for what is none, with its place. */
export async function readApiInfo(file: string | undefined): Promise<ApiInfoFile> {
  if (file === undefined) return {}
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw wrongUsage(`${file} is not there; --api-info names a file of JSON`)
    throw failure(`${file} cannot be read: ${error.message}`, error)
  })
  const value = parse(text, file)
  check(value, known, `${file}: `)
  for (const [name, kinds] of Object.entries(inner)) {
    const part = (value as Record<string, unknown>)[name]
    if (part !== undefined) check(part, kinds, `${file}: ${name}.`)
  }
  const { transports = [] } = (value as ApiInfoFile).asyncapi ?? {}
  const odd = transports.find((one) => one !== 'amqp' && one !== 'kafka')
  if (odd !== undefined)
    throw failure(`${file}: asyncapi.transports has ${JSON.stringify(odd)}; use "amqp" and "kafka"`)
  return value as ApiInfoFile
}

/** What the package that a file belongs to says of itself: the nearest package.json above it. */
export async function packageInfo(file: string): Promise<PackageInfo> {
  for (let folder = path.dirname(path.resolve(file)); ; folder = path.dirname(folder)) {
    const text = await readFile(path.join(folder, 'package.json'), 'utf8').catch(() => undefined)
    if (text !== undefined) return infoOf(text)
    if (folder === path.dirname(folder)) return {}
  }
}

/** What is taken from a package.json; what is not there, or no text, is left out. */
export interface PackageInfo {
  readonly name?: string
  readonly version?: string
  readonly description?: string
  readonly license?: string
}

function infoOf(text: string): PackageInfo {
  try {
    const { name, version, description, license } = JSON.parse(text) as Record<string, unknown>
    const texts = Object.entries({ name, version, description, license }).filter(
      ([, value]) => typeof value === 'string' && value !== '',
    )
    return Object.fromEntries(texts) as PackageInfo
  } catch {
    // Nobody has asked for it.
    return {}
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw failure(`${file} is no JSON: ${oneLine(error)}`, error)
  }
}

function check(value: unknown, kinds: Kinds, place: string): void {
  if (kindOf(value) !== 'object') throw failure(`${place.slice(0, -1).replace(/:$/, '')} is no object`)
  for (const [key, one] of Object.entries(value as object)) {
    const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined
    if (kind === undefined)
      throw failure(`${place}${key} is nothing that is known; use ${Object.keys(kinds).join(', ')}`)
    if (kindOf(one) !== kind) throw failure(`${place}${key} is no ${kind}`)
  }
}

function kindOf(value: unknown): Kind | undefined {
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'object' && value !== null) return 'object'
  return typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'boolean' : undefined
}
