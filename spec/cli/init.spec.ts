import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { folder, runHere, type Ran } from './command.ts'
import { project } from './installed.ts'

const slow = { timeout: 180_000 }
const root = JSON.parse(readFileSync('tsconfig.json', 'utf8').replaceAll(/^\s*\/\/.*$/gm, '')) as {
  compilerOptions: { paths: Record<string, string[]> }
}

/** Every file below a folder, and what stands in it. */
function textsIn(home: string): Record<string, string> {
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name)
      return [path.relative(home, file).replaceAll(path.sep, '/'), readFileSync(file, 'utf8')]
    }),
  )
}

/** Runs a script of Node in a folder, as npm would. */
async function node(cwd: string, ...args: readonly string[]): Promise<Ran> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')))
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let [out, error] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text))
  const [exit] = (await once(child, 'close')) as [number | null]
  return { exit, out, error }
}

describe('microapi init', { timeout: 60_000 }, () => {
  it('makes a project that type-checks, passes its tests, is served and answers', slow, async () => {
    const { home } = folder({})
    const notes = path.join(home, 'notes')
    expect(await runHere(['init', '@acme/notes', '--out', notes])).toEqual({
      exit: 0,
      error: '',
      out: `made @acme/notes in ${notes}/
  package.json
  tsconfig.json
  vitest.config.ts
  src/contract.ts
  src/app.ts
  spec/app.spec.ts
  README.md
  Dockerfile
  .dockerignore
  .gitignore

next:
  cd ${notes}
  npm install
  npm test
  npm run dev
`,
    })
    expect(readdirSync(home)).toEqual(['notes'])
    const { scripts, dependencies } = JSON.parse(textsIn(notes)['package.json']!) as Record<
      string,
      Record<string, string>
    >
    const own = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(dependencies!['microapi-ts']).toBe(`^${own.version}`)
    expect(scripts).toMatchObject({
      start: 'microapi run src/app.ts',
      test: 'vitest run',
      check: 'tsc --noEmit',
    })

    // Its types by the sources, since what is installed there has none.
    const paths = Object.fromEntries(
      Object.entries(root.compilerOptions.paths).map(([name, files]) => [
        name,
        files.map((file) => path.resolve(file)),
      ]),
    )
    writeFileSync(
      path.join(notes, 'tsconfig.spec.json'),
      JSON.stringify({
        extends: './tsconfig.json',
        compilerOptions: { paths },
        include: ['src', 'spec', 'vitest.config.ts'],
      }),
    )
    const tsc = path.resolve('node_modules/typescript/bin/tsc')
    const checked = await node(notes, tsc, '-p', 'tsconfig.spec.json', '--pretty', 'false')
    // What is wrong in lib/ is told by the type check of the project itself.
    expect(checked.out.split('\n').filter((line) => /^(src|spec|vitest)/.test(line))).toEqual([])

    const tested = await node(notes, path.resolve('node_modules/vitest/vitest.mjs'), 'run')
    expect(tested).toMatchObject({ exit: 0 })
    expect(tested.out).toContain('5 passed')

    const server = spawn(process.execPath, [project.main, 'run', 'src/app.ts', '--port', '0'], {
      cwd: notes,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void server.kill('SIGKILL'))
    const url = await new Promise<string>((resolve, reject) => {
      let said = ''
      server.on('exit', (code) => reject(new Error(`it ended with ${code}: ${said}`)))
      server.stdout.setEncoding('utf8').on('data', (text: string) => {
        const found = /^at (\S+)$/m.exec((said += text))?.[1]
        if (found !== undefined) resolve(found)
      })
    })
    const answer = await fetch(`${url}/notes/write_note`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'buy tea' }),
    })
    expect(await answer.json()).toMatchObject({ id: 1, text: 'buy tea', tags: [] })
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })

  it.each([
    ['grpc', 'protobufjs', 'microapi run src/app.ts --transport grpc'],
    ['ws', undefined, 'microapi run src/app.ts --transport ws'],
    ['kafka', 'kafkajs', 'microapi run src/app.ts --listen "kafka://127.0.0.1:9092?topic=notes&group=notes"'],
    ['amqp', 'amqplib', 'microapi run src/app.ts --listen "amqp://guest:guest@127.0.0.1:5672/?queue=notes"'],
  ])('for %s it has what that takes', async (transport, peer, start) => {
    const { home } = folder({})
    expect(
      await runHere(['init', 'notes', '--transport', transport, '--out', path.join(home, 'x')]),
    ).toMatchObject({ exit: 0 })
    const texts = textsIn(path.join(home, 'x'))
    const { scripts, dependencies } = JSON.parse(texts['package.json']!) as Record<
      string,
      Record<string, string>
    >
    expect(scripts).toMatchObject({ start, dev: `${start} --reload` })
    const { peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      peerDependencies: Record<string, string>
    }
    expect(Object.keys(dependencies!)).toEqual(
      ['@sinclair/typebox', ...(peer === undefined ? [] : [peer]), 'microapi-ts', 'tsx'].toSorted(),
    )
    if (peer !== undefined) expect(dependencies![peer]).toBe(peerDependencies[peer])
    expect(texts['README.md']).toContain(`npx microapi call '${transport}://`)
    expect('Dockerfile' in texts).toBe(['grpc', 'ws'].includes(transport))
  })

  it('a folder with something in it stays as it is', async () => {
    const { home } = folder({ 'notes/mine.txt': 'mine', file: 'text' })
    const notes = path.join(home, 'notes')
    const ran = await runHere(['init', 'notes', '--out', notes])
    expect(ran).toMatchObject({ exit: 2, out: '' })
    expect(ran.error).toBe(
      `microapi: ${notes} has something in it, and nothing is overwritten; take another name, or name another folder with --out\n`,
    )
    const below = await runHere(['init', 'notes', '--out', path.join(home, 'file')])
    expect(below).toMatchObject({ exit: 2 })
    expect(below.error).toContain('is a file, or stands below one')
    expect(textsIn(home)).toEqual({ 'notes/mine.txt': 'mine', file: 'text' })
  })

  it('an empty folder is taken', async () => {
    const { home } = folder({})
    mkdirSync(path.join(home, 'notes'))
    expect(await runHere(['init', 'notes', '--out', path.join(home, 'notes')])).toMatchObject({ exit: 0 })
    expect(existsSync(path.join(home, 'notes/src/app.ts'))).toBe(true)
  })

  it('where it cannot write nothing is left', async () => {
    const { home } = folder({})
    const out = path.join(home, 'x'.repeat(300))
    const ran = await runHere(['init', 'notes', '--out', out])
    expect(ran).toMatchObject({ exit: 1 })
    expect(ran.error).toMatch(
      /^microapi: .* cannot be (made|read): ENAMETOOLONG.*; name another folder with --out\n$/,
    )
    const locked = path.join(home, 'locked')
    mkdirSync(locked)
    chmodSync(locked, 0o500)
    // A user who may write anywhere makes it there after all.
    if (process.getuid?.() !== 0)
      expect(await runHere(['init', 'notes', '--out', path.join(locked, 'notes')])).toMatchObject({ exit: 1 })
    chmodSync(locked, 0o700)
    expect(readdirSync(home)).toEqual(['locked'])
  })

  it.each([
    ['My App', 'my-app'],
    ['.hidden', 'hidden'],
    ['../up', 'up'],
    ['fs', 'fs-service'],
    ['microapi-ts', 'microapi-ts-service'],
    ['Ä', 'my-service'],
    ['', 'my-service'],
  ])('%j is no name, and another one is proposed', async (name, other) => {
    const { exit, out, error } = await runHere(['init', name])
    expect({ exit, out }).toEqual({ exit: 2, out: '' })
    expect(error).toMatch(/^microapi: ".*" is no name for a package: .*\n$/)
    expect(error).toContain(`; try ${other}\n`)
    expect(existsSync(name === '' ? 'my-service' : other)).toBe(false)
  })

  it('the package may come from a tarball, which has to be there, and is named by its way from the project', async () => {
    const { home } = folder({ 'p.tgz': '' })
    const file = path.join(home, 'p.tgz')
    const out = path.join(home, 'notes')
    const missing = await runHere(['init', 'notes', '--out', out, '--package', path.join(home, 'no.tgz')])
    expect(missing).toMatchObject({ exit: 2 })
    expect(missing.error).toContain(`there is no file ${path.join(home, 'no.tgz')}; npm pack`)
    expect(await runHere(['init', 'notes', '--out', out, '--package', file])).toMatchObject({ exit: 0 })
    expect(textsIn(out)['package.json']).toContain('"microapi-ts": "file:../p.tgz"')
    const deep = path.join(home, 'services/notes')
    await runHere(['init', 'notes', '--out', deep, '--package', `file:${path.relative('.', file)}`])
    expect(textsIn(deep)['package.json']).toContain('"microapi-ts": "file:../../p.tgz"')
  })

  it('without a name it says so', async () => {
    const { exit, error } = await runHere(['init'])
    expect(exit).toBe(2)
    expect(error).toBe("microapi: missing required argument 'name'; microapi init --help says more\n")
  })
})
