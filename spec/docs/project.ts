/** Makes a project of a page's blocks, checks its types and runs it. */
import { fork, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import { compileFolder } from '../cli/compiled.ts'
import { missingLine, stepsOf, type Page, type Step } from './page.ts'

/** Pages as folders of TypeScript, under a tsconfig of their own. */
export interface Project {
  /** What the compiler complains of, by the pages' own file names and lines. */
  check(): string[]
  /** Runs a page's blocks in order, in one process; rejects with the block that fails. */
  run(page: Page): Promise<void>
}

const portOnPages = /\b8080\b/g

/** Writes the pages' files into `.cache/NAME`, which is inside the project so that packages are found. */
export async function createProject(name: string, pages: readonly Page[]): Promise<Project> {
  const home = path.resolve('.cache', name)
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  const config = { extends: '../../tsconfig.json', include: ['.'], compilerOptions: { noEmit: true } }
  writeFileSync(path.join(home, 'tsconfig.json'), JSON.stringify(config))

  const ports = new Map<Page, string>()
  const origins = new Map<string, { page: Page; line: number }>()
  for (const page of pages) {
    const port = String(await freePort())
    ports.set(page, port)
    for (const step of stepsOf(page)) {
      if (step.kind === 'shell') continue
      const file = path.join(home, page.name, step.name)
      if (origins.has(file)) throw new Error(`${page.file}: two blocks are ${step.name}`)
      origins.set(file, { page, line: step.block.line })
      mkdirSync(path.dirname(file), { recursive: true })
      // What a page gives its calls is little on a machine that runs five pages at once, and others' work.
      const code = step.block.code.replaceAll('timeoutMs: 2_000', 'timeoutMs: 60_000')
      writeFileSync(file, code.replaceAll(portOnPages, port))
    }
  }

  // Not by tsx, which needs as long for each page as this for all of them.
  const compiled = origins.size === 0 ? home : compileFolder(home, name)
  return {
    check() {
      const tsc = path.resolve('node_modules/typescript/bin/tsc')
      const { stdout } = spawnSync(process.execPath, [tsc, '-p', home, '--pretty', 'false'], {
        encoding: 'utf8',
      })
      // What is wrong in lib/ is told by the type check of the project itself.
      return stdout.split('\n').flatMap((line) => {
        const [, file, row = '', message = ''] = /^(.*?)\((\d+),\d+\): (.*)$/.exec(line) ?? []
        if (file === undefined) return line.startsWith('error') ? [line] : []
        const origin = origins.get(path.resolve(file))
        return origin ? [`${origin.page.file}:${origin.line + Number(row) - 1}: ${message}`] : []
      })
    },
    async run(page) {
      const runner = startRunner()
      try {
        for (const step of stepsOf(page)) {
          if (step.kind !== 'shell' && !step.run) continue
          const output =
            step.kind === 'shell'
              ? await shell(step.block.code.replaceAll(portOnPages, ports.get(page)!))
              : await runner.run(path.join(compiled, page.name, step.name.replace(/\.ts$/, '.js')))
          check(page, step, output)
        }
      } finally {
        runner.stop()
      }
    },
  }
}

function check(page: Page, { block, prints }: Step, { text, failure }: Output): void {
  const place = `${page.file}:${block.line}`
  if (failure !== undefined) throw new Error(`${place} failed: ${failure}\n${text}`)
  const missing = prints && missingLine(text, prints.code)
  if (missing !== undefined) throw new Error(`${place} did not print:\n${missing}\nbut:\n${text}`)
}

/** What a block has written, and why it failed if it did. */
export interface Output {
  readonly text: string
  readonly failure?: string | undefined
}

/** A process that imports one file after the other; servers that they start stay until it is stopped. */
function startRunner(): { run(file: string): Promise<Output>; stop(): void } {
  const child = fork('spec/docs/runner.mjs', {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  return {
    run: (file) =>
      new Promise((resolve) => {
        const onExit = (code: number | null): void =>
          resolve({ text: '', failure: `the process ended with ${code}` })
        child.once('exit', onExit)
        child.once('message', (output: Output) => {
          child.off('exit', onExit)
          resolve(output)
        })
        child.send(file)
      }),
    stop: () => void child.kill('SIGKILL'),
  }
}

/** What npx finds here, without npm, which takes longer to start than what it starts. */
const npx = 'npx() { "node_modules/.bin/${1##*/}" "${@:2}"; }'

function shell(command: string): Promise<Output> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', `${npx}\n${command}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const chunks: Buffer[] = []
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('close', (code) => {
      const text = Buffer.concat(chunks).toString()
      resolve({ text, failure: code === 0 ? undefined : `it ended with ${code}` })
    })
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
