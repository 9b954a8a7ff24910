import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import type { Description } from '../../../core/transport.ts'
import { addPage } from './add-page.ts'
import { documentOf } from './document.ts'
import { sendFile, type File } from './file.ts'
import { headersOf } from './headers.ts'
import { docsPlaces, type DocsOptions } from './options.ts'
import { streamsPage } from './streams-page.ts'
import { style } from './style.ts'
import { findViewer } from './viewer-files.ts'
import { viewerPage } from './viewer-page.ts'
import { viewerStyle } from './viewer-style.ts'

/** What the pages have to know of the server that they stand in. */
export interface DocsSurroundings {
  readonly describe: Description | undefined
  /** What stands before the methods. */
  readonly prefix: string
  /** Whether `/health`, `/live` and `/ready` are there. */
  readonly health: boolean
  /** Whether WebSocket is served on the same port. */
  readonly webSocket: boolean
}

/**
 * Adds the pages, and the description that they show, to a scope that stands behind the prefix. Throws where nothing
 * describes the methods, or the viewer is not installed.
 */
export function addDocs(
  scope: FastifyInstance,
  options: DocsOptions,
  { describe, prefix, health, webSocket }: DocsSurroundings,
): void {
  if (!describe) throw new TypeError('http: docs: nothing describes the methods that are served')
  const { page, openapi, beneath, methods } = docsPlaces(options)
  const viewer = findViewer()
  const title = options.title ?? options.openapi?.info?.title ?? 'API'
  const headers = headersOf(options.openapi?.servers)
  const files: Readonly<Record<string, File>> = {
    [openapi]: {
      type: 'application/json; charset=utf-8',
      load: () => JSON.stringify(documentOf(describe, options, { prefix, health })),
    },
    [`${page}/style.css`]: css(() => style),
    [`${page}/viewer-style.css`]: css(() => viewerStyle),
    [`${page}/viewer.css`]: css(() => readFile(viewer.style, 'utf8')),
    [`${page}/viewer.js`]: script(() => readFile(viewer.script, 'utf8')),
    ...Object.fromEntries(scripts.map((name) => [`${page}/${name}.js`, script(() => readPageScript(name))])),
  }
  const pages: Readonly<Record<string, File>> = {
    [page]: html(viewerPage(title, beneath)),
    [`${page}/streams`]: html(streamsPage(title, { methods, back: `../${beneath.slice(0, -1)}`, webSocket })),
  }
  for (const [path, file] of Object.entries(files)) scope.get(path, sendFile(file, headers))
  for (const [path, file] of Object.entries(pages)) addPage(scope, path, sendFile(file, headers))
}

/** What runs in browsers: JavaScript, so that it is the same in lib/ as in what is built of it. */
const scripts = ['answers', 'example', 'http-call', 'input', 'methods', 'start-viewer', 'streams', 'ws-call']

const html = (text: string): File => ({ type: 'text/html; charset=utf-8', load: () => text })
const css = (load: File['load']): File => ({ type: 'text/css; charset=utf-8', load })
const script = (load: File['load']): File => ({ type: 'text/javascript; charset=utf-8', load })

async function readPageScript(name: string): Promise<string> {
  const text = await readFile(new URL(`page/${name}.js`, import.meta.url), 'utf8')
  // The compiler's map is not served.
  return text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
}
