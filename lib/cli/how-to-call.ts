import { givesStream, takesStream } from '../core/kind.ts'
import type { Method } from '../core/method.ts'
import type { App } from '../server/app.ts'
import { exampleInput } from './example-input.ts'

/** A method that shows how an app is called. */
interface Example {
  readonly service: string
  readonly name: string
  readonly kind: Method['kind']
  /** JSON text of an input. */
  readonly input: string
}

/** Command lines that call an app at a URL, for a person to try; the same method at every URL. */
export function howToCall(app: App, url: string): readonly string[] {
  const example = exampleOf(app)
  if (!example) return []
  const at = reachable(url)
  return [/^https?:/.test(at) ? curl(at, example) : call(at, example)]
}

function curl(url: string, { service, name, kind, input }: Example): string {
  const body = takesStream(kind) ? `[${input}]` : input
  const flags = givesStream(kind) ? '-sN' : '-s'
  return `curl ${flags} --json ${quoted(body)} ${quoted(`${url}/${service}/${name}`)}`
}

function call(url: string, { service, name, kind, input }: Example): string {
  const line = `npx microapi call ${quoted(url)} ${service}.${name}`
  if (takesStream(kind)) return String.raw`printf '%s\n' ${quoted(input)} | ${line}`
  return `${line} ${quoted(input)}${kind === 'event' ? ' --event' : ''}`
}

/** The simplest method that has an example. */
function exampleOf({ services }: App): Example | undefined {
  const all = Object.entries(services).flatMap(([service, methods]) =>
    Object.entries<Method>(methods).map(([name, method]) => ({ service, name, method })),
  )
  for (const kind of ['unary', 'serverStream', 'clientStream', 'bidiStream', 'event']) {
    for (const { service, name, method } of all) {
      if (method.kind !== kind) continue
      const input = exampleInput(method)
      if (input !== undefined) return { service, name, kind: method.kind, input: JSON.stringify(input) }
    }
  }
  return undefined
}

/** One listens at 0.0.0.0, and calls 127.0.0.1. */
function reachable(url: string): string {
  return url.replace('://0.0.0.0:', '://127.0.0.1:').replace('://[::]:', '://[::1]:')
}

/** For a shell: as it stands, or in single quotes. */
function quoted(text: string): string {
  return /^[\w:/.,=@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
