import { howToCall } from './how-to-call.ts'
import type { ServedApp } from './serve-app.ts'

/** Names of methods that a line has room for. */
const mostNames = 8

/** What `microapi run` says: what it serves, where, and how to call it; each line of its own. */
export function bannerOf(argument: string, { app, server }: ServedApp): readonly string[] {
  const services = Object.entries(app.services)
  const width = Math.max(...services.map(([name]) => name.length))
  const version = app.version === undefined ? '' : ` version ${app.version}`
  return [
    `serving ${argument}${version}`,
    ...services.map(
      ([name, methods]) => `  ${name.padEnd(width)}  ${namesOf(argument, Object.keys(methods))}`,
    ),
    ...server.urls.flatMap((url) => [`at ${url}`, ...howToCall(app, url).map((line) => `  ${line}`)]),
  ]
}

function namesOf(argument: string, names: readonly string[]): string {
  const more = names.length - mostNames
  const shown = names.slice(0, mostNames).join(', ')
  return more > 0 ? `${shown} and ${more} more, which microapi info ${argument} shows` : shown
}
