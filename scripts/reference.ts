/**
 * `tsx scripts/reference.ts [--check]`: writes docs/reference, a page for each entry of package.json, of the types and the
 * JSDoc in lib/; with --check it writes nothing, and fails when a page is not what would be written.
 *
 * TypeDoc does the work. It reads TypeScript 6 and no newer, so it stands in scripts/reference/ with a compiler of its own,
 * which is installed when it is first needed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { format } from 'oxfmt'

const tool = 'scripts/reference'
const pagesFolder = 'docs/reference'
const work = path.resolve('.cache/reference')
const isCheck = process.argv.includes('--check')

/** An entry of package.json, and the source that it is made of. */
interface Entry {
  /** What is imported: `microapi-ts/http`. */
  readonly specifier: string
  /** Its page, without the ending: `http`. */
  readonly page: string
  readonly source: string
  /** What the source says of itself, on top. */
  readonly about: string
}

const entries = readEntries()
install()
const wanted = await formatted(made())
if (isCheck) check(wanted)
else write(wanted)

function readEntries(): Entry[] {
  const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    name: string
    exports: Record<string, string | { types: string }>
  }
  return Object.entries(exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return []
    const source = target.types.replace('./dist/', 'lib/').replace(/\.d\.ts$/, '.ts')
    const specifier = path.posix.join(name, subpath)
    const page = path.posix.basename(specifier)
    return [{ specifier, page, source, about: sentenceOf(readFileSync(source, 'utf8'), specifier) }]
  })
}

/** The comment on top of a module, or its first one, in a line. */
function sentenceOf(source: string, specifier: string): string {
  const [, line] = /^\/\/ (.*)/.exec(source) ?? []
  const [, block = ''] = /\/\*\*[\s*]*(.*?)\s*(?:\*\/|\* @)/s.exec(source) ?? []
  const text = (line ?? block).replaceAll(/\n\s*\* ?/g, ' ').replace(`\`${specifier}\`: `, '')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Installs TypeDoc on the first run and when its lock file has changed: npm leaves a copy of that behind. */
function install(): void {
  const changedAt = (file: string): number =>
    statSync(path.join(tool, file), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (changedAt('node_modules/.package-lock.json') > changedAt('package-lock.json')) return
  run('npm', ['ci', '--prefix', tool, '--no-audit', '--no-fund'])
}

/** The pages as TypeDoc writes them, by their file names. */
function made(): Map<string, string> {
  rmSync(work, { recursive: true, force: true })
  mkdirSync(path.join(work, 'entries'), { recursive: true })
  // Modules that are called as their pages are to be; where two have the same name, the first shows it and the others link.
  const entryPoints = entries.map(({ page, source }) => {
    const file = path.join(work, 'entries', `${page}.ts`)
    writeFileSync(file, `export * from '../../../${source}'\n`)
    return file
  })
  const out = path.join(work, 'pages')
  const tsconfig = path.join(work, 'tsconfig.json')
  const options = path.join(work, 'typedoc.json')
  writeFileSync(
    tsconfig,
    JSON.stringify({
      extends: '../../tsconfig.json',
      // The library must not reach itself by its own name.
      compilerOptions: { paths: {}, types: ['node'], typeRoots: ['../../node_modules/@types'] },
      include: ['entries'],
    }),
  )
  writeFileSync(
    options,
    JSON.stringify({
      extends: [path.resolve(tool, 'typedoc.jsonc')],
      entryPoints,
      tsconfig,
      outputs: [{ name: 'markdown', path: out }],
    }),
  )
  run(process.execPath, [path.join(tool, 'node_modules/typedoc/bin/typedoc'), '--options', options])
  const pages = new Map<string, string>([['README.md', index()]])
  for (const { specifier, page, about } of entries) {
    const text = readFileSync(path.join(out, `${page}.md`), 'utf8')
    pages.set(`${page}.md`, text.replace(/^# .*\n/, `# ${specifier}\n\n${about}\n`))
  }
  return pages
}

function index(): string {
  return `# Reference

Every name that the package exports, with its types: a page for each entry. The [guide](../../README.md#guide) says how they go
together. These pages are made of \`lib/\` by \`npm run docs:reference\`; what is changed here by hand is lost.

| entry | what it holds |
| --- | --- |
${entries.map(({ specifier, page, about }) => `| [\`${specifier}\`](${page}.md) | ${about} |`).join('\n')}
`
}

async function formatted(pages: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const {
    $schema: _,
    ignorePatterns: __,
    ...options
  } = JSON.parse(readFileSync('.oxfmtrc.json', 'utf8')) as Record<string, unknown>
  const all = [...pages].map(async ([name, text]): Promise<[string, string]> => {
    const { code, errors } = await format(name, text, options)
    if (errors.length > 0) throw new Error(`${name}: ${errors[0]!.message}`)
    return [name, code]
  })
  return new Map(await Promise.all(all))
}

function write(pages: ReadonlyMap<string, string>): void {
  rmSync(pagesFolder, { recursive: true, force: true })
  mkdirSync(pagesFolder, { recursive: true })
  for (const [name, text] of pages) writeFileSync(path.join(pagesFolder, name), text)
  console.log(`wrote ${pages.size} pages to ${pagesFolder}`)
}

function check(pages: ReadonlyMap<string, string>): void {
  const there = existsSync(pagesFolder) ? readdirSync(pagesFolder) : []
  const read = (name: string): string => readFileSync(path.join(pagesFolder, name), 'utf8')
  const wrong = [
    ...[...pages].flatMap(([name, text]) => {
      if (!there.includes(name)) return [`${name} is missing`]
      return read(name) === text ? [] : [`${name} is stale`]
    }),
    ...there.filter((name) => !pages.has(name)).map((name) => `${name} is of no entry`),
  ]
  if (wrong.length === 0) return console.log(`${pages.size} pages in ${pagesFolder} are as they should be`)
  console.error(`${pagesFolder}: ${wrong.join(', ')}; run: npm run docs:reference`)
  process.exitCode = 1
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (error || status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} ended with ${status}`)
}
