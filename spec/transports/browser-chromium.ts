/** Debian's Chromium, driven by playwright-core, and modules made ready for it. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll } from 'vitest'
import { describeWhereThere } from '../describe-where-there.ts'

const executablePath = '/usr/bin/chromium'
const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'

/** Describes what happens in a browser. */
export function describeInChromium(name: string, body: () => void): void {
  const reason = `${executablePath} is missing: apt-get install chromium`
  describeWhereThere(name, existsSync(executablePath) ? undefined : { reason }, () => {
    afterAll(async () => {
      await (await launched)?.close()
      launched = undefined
    })
    body()
  })
}

let launched: Promise<Browser> | undefined

function launch(): Promise<Browser> {
  launched ??= chromium.launch({ executablePath, args: flags.split(' ') })
  return launched
}

/**
 * Opens a page that no debugger watches: one that does hears of every frame that a page sends or gets, with all that is in
 * it. It ends with the browser, and what goes wrong in it is for the page to tell.
 */
export async function openUnwatched(url: string): Promise<void> {
  const session = await (await launch()).newBrowserCDPSession()
  await session.send('Target.createTarget', { url })
  await session.detach()
}

/** A page in a profile of its own. What goes wrong in it is printed. */
export async function openPage(url: string): Promise<Page> {
  const page = await (await launch()).newPage()
  page.on('pageerror', (error) => console.error(`${url}:`, error))
  await page.goto(url)
  return page
}

/** A module and all that it imports, as a page loads it. */
export interface Bundle {
  /** What is to be served, by path: `/main.js`, the page itself at `/`, and the chunks. */
  readonly files: ReadonlyMap<string, { readonly type: string; readonly text: string }>
  /** All that is in it, and what it leaves to be imported at run time. */
  readonly modules: readonly string[]
}

/** Bundles as a user's bundler would: what package.json names for browsers, in its sources. */
export async function bundle(entry: string): Promise<Bundle> {
  const { exports, browser } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Readonly<Record<string, { readonly default: string } | string>>
    browser?: Readonly<Record<string, string | false>>
  }
  const alias: Record<string, string> = {}
  for (const [name, target] of Object.entries({ ...exports, ...browser })) {
    // The bundler finds for itself what is left out of pages.
    if (target === false) continue
    const built = typeof target === 'string' ? target : target.default
    if (built.endsWith('.js')) alias[name.replace(/^\./, 'microapi-ts')] = sourceOf(built)
  }
  const { outputFiles, metafile } = await build({
    entryPoints: { main: entry },
    bundle: true,
    splitting: true,
    outdir: '/',
    format: 'esm',
    platform: 'browser',
    alias,
    external: ['node:*'],
    tsconfigRaw: {},
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  const html = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>'
  const files = new Map([['/', { type: 'text/html', text: html }]])
  for (const file of outputFiles)
    files.set(`/${path.basename(file.path)}`, { type: 'text/javascript', text: file.text })
  return { files, modules: reached(metafile.outputs) }
}

function sourceOf(built: string): string {
  return path.resolve(built.replace('./dist/', './lib/').replace(/\.js$/, '.ts'))
}

interface Output {
  readonly inputs: Readonly<Record<string, object>>
  readonly imports: readonly { readonly path: string; readonly external?: boolean }[]
}

/** The modules that the entry leads to: esbuild writes a chunk even for an `import()` that it has shaken off. */
function reached(outputs: Readonly<Record<string, Output>>): string[] {
  const chunks = new Set(Object.keys(outputs).filter((file) => path.basename(file) === 'main.js'))
  const modules = new Set<string>()
  for (const chunk of chunks) {
    const { inputs, imports } = outputs[chunk]!
    for (const input of Object.keys(inputs)) modules.add(input)
    for (const { path: target, external } of imports) (external ? modules : chunks).add(target)
  }
  return [...modules]
}
