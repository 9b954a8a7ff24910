import * as nodeModule from 'node:module'
import { fileURLToPath } from 'node:url'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'

/** Calls that Node 22.15 has and the types of Node 20 do not. */
interface NewerModule {
  readonly registerHooks?: (hooks: { readonly load: LoadHook }) => void
}

type LoadHook = (url: string, context: object, next: (url: string, context: object) => unknown) => unknown

// Run in the thread of Node's loader, which reads no TypeScript.
const loader = `
let port
export const initialize = (data) => { port = data.port }
export const load = (url, context, next) => { port.postMessage(url); return next(url, context) }`

/**
 * Hears of every file that modules are loaded from, those of packages apart. What it returns tells of those that have not
 * been told yet.
 * @see https://nodejs.org/api/module.html#customization-hooks
 */
export function hearOfFiles(hear: (file: string) => void): () => void {
  const told = new Set<string>()
  const tell = (file: string): void => {
    if (told.has(file) || /[/\\]node_modules[/\\]/.test(file)) return
    told.add(file)
    hear(file)
  }
  const tellUrl = (url: unknown): void => {
    if (typeof url === 'string' && url.startsWith('file:')) tell(fileURLToPath(url))
  }
  const tellRequired = (): void => Object.keys(nodeModule.createRequire(import.meta.url).cache).forEach(tell)
  const { registerHooks } = nodeModule as NewerModule
  if (registerHooks) {
    registerHooks({
      load(url, context, next) {
        tellUrl(url)
        return next(url, context)
      },
    })
    return tellRequired
  }
  const { port1, port2 } = new MessageChannel()
  port1.on('message', tellUrl).unref()
  nodeModule.register(`data:text/javascript,${encodeURIComponent(loader)}`, {
    data: { port: port2 },
    transferList: [port2],
  })
  return () => {
    for (let left = receiveMessageOnPort(port1); left; left = receiveMessageOnPort(port1))
      tellUrl(left.message)
    tellRequired()
  }
}
