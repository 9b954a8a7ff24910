import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Type } from '@sinclair/typebox'
import { createApp, defineService, Empty, rpc, serve } from 'microapi-ts'
import { http } from 'microapi-ts/http'
import {
  generateAsyncApi,
  generateClient,
  generateOpenApi,
  generateProto,
  generatePython,
} from 'microapi-ts/generate'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeApp } from '../../lib/cli/app-description.ts'
import { app as shop } from '../generate/python-app.ts'
import { folder, runHere } from './command.ts'

const slow = { timeout: 120_000 }
const all = ['--proto', '--openapi', '--asyncapi', '--client', '--python', '--description']

/** What generators make of the app itself, by the names of files. */
function expected(): Readonly<Record<string, string>> {
  const { files, lock } = generateProto(shop)
  const text = (document: object): string => `${JSON.stringify(document, null, 2)}\n`
  return {
    ...files,
    ...generateClient(shop),
    ...generatePython(shop),
    'proto.lock.json': text(lock),
    'openapi.json': text(generateOpenApi(shop)),
    'asyncapi.json': text(generateAsyncApi(shop)),
    'description.json': text(describeApp(shop)),
  }
}

/** The texts of all files in a folder, by their names. */
function textsIn(home: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(home).map((name) => [name, readFileSync(path.join(home, name), 'utf8')]),
  )
}

async function served(): Promise<string> {
  const server = await serve(shop, http({ port: 0 }), { signals: false, describe: true })
  onTestFinished(() => server.close())
  return server.urls[0]!
}

describe('microapi generate', slow, () => {
  it('makes of a server that describes itself what it makes of the app', async () => {
    const out = path.join(folder({}).home, 'shop')
    const url = await served()
    expect(await runHere(['generate', url, ...all, '-o', out])).toMatchObject({ exit: 0, error: '' })
    expect(textsIn(out)).toEqual(expected())
    expect(await runHere(['generate', url, ...all, '-o', out, '--check'])).toEqual({
      exit: 0,
      out: '',
      error: '',
    })
  })

  it('makes it of a saved description, too', async () => {
    const { home } = folder({ 'description.json': JSON.stringify(describeApp(shop)) })
    const out = path.join(home, 'shop')
    const file = path.join(home, 'description.json')
    expect(await runHere(['generate', file, ...all, '-o', out])).toMatchObject({ exit: 0, error: '' })
    expect(textsIn(out)).toEqual(expected())
  })

  it('writes nothing where nobody describes anything', async () => {
    const { home, list } = folder({ 'd.json': '{"services":{"a":{"b":{}}}}' })
    const out = path.join(home, 'made')
    expect(await runHere(['generate', path.join(home, 'd.json'), ...all, '-o', out])).toMatchObject({
      exit: 1,
      error: expect.stringMatching(
        /d\.json is no description: \/services\/a\/b\/kind is required; [^\n]+\n$/,
      ),
    })
    expect(await runHere(['generate', 'http://127.0.0.1:1', ...all, '-o', out])).toMatchObject({ exit: 1 })
    expect(list()).toEqual(['d.json'])
  })

  it('writes no .proto file outside of the folder, whatever a description says', async () => {
    const method = rpc.unary(Empty, Empty)
    const evil = { evil: defineService({ method }, { proto: { file: '../../up.proto' } }) }
    const { home, list } = folder({ 'd.json': JSON.stringify(describeApp(evil)) })
    const out = path.join(home, 'made')
    expect(await runHere(['generate', path.join(home, 'd.json'), '--proto', '-o', out])).toMatchObject({
      exit: 1,
      error: expect.stringContaining('proto: { file: "../../up.proto" } leads out of '),
    })
    expect(list()).toEqual(['d.json'])
  })

  it('runs the function that makes an app once, whatever is made of it', slow, async () => {
    const source = `
      import { createApp, defineService, Empty, rpc } from 'microapi-ts'
      export const create = () => {
        console.log('made')
        return createApp({ services: { own: defineService({ get: rpc.unary(Empty, Empty, () => ({})) }) } })
      }`
    const { shared, list } = folder({ 'app.ts': source })
    const { exit, out } = await shared('generate', 'app.ts:create()', ...all, '-o', 'own')
    expect(exit).toBe(0)
    expect(out.match(/^made$/gm)).toHaveLength(1)
    expect(list('own')).toEqual(
      expect.arrayContaining(['own.proto', 'description.json', 'client.ts', 'own.py']),
    )
  })
})

describe('microapi generate --description', slow, () => {
  const Name = Type.Object({ first: Type.String(), last: Type.String() })
  const Turned = Type.Object({ last: Type.String(), first: Type.String() })
  const appOf = (schema: typeof Name | typeof Turned) =>
    createApp({
      services: { names: defineService({ get: rpc.unary(schema, Empty, () => ({})) }) },
      version: 2,
    })

  it('is stale when the order of properties is another, which numbers fields, and not when it is laid out anew', async () => {
    const { home, read, write } = folder({ 'a.json': JSON.stringify(describeApp(appOf(Name))) })
    const args = ['generate', path.join(home, 'a.json'), '--description', '-o', home]
    expect(await runHere(args)).toMatchObject({ exit: 0 })
    expect(read('description.json')).toBe(`${JSON.stringify(describeApp(appOf(Name)), null, 2)}\n`)
    write({ 'description.json': JSON.stringify(JSON.parse(read('description.json'))) })
    expect(await runHere([...args, '--check'])).toEqual({ exit: 0, out: '', error: '' })
    write({ 'a.json': JSON.stringify(describeApp(appOf(Turned))) })
    expect(await runHere([...args, '--check'])).toMatchObject({
      exit: 1,
      error: expect.stringContaining('description.json (differs); run the same command without --check'),
    })
  })

  it('makes files of 500 methods while nobody waits', slow, async () => {
    const Row = (n: number) =>
      Type.Object(
        { id: Type.Integer(), tags: Type.Array(Type.String()), of: Type.Optional(Name) },
        { $id: `Row${n}` },
      )
    const services = Object.fromEntries(
      Array.from({ length: 50 }, (_one, s) => {
        const methods = Array.from(
          { length: 10 },
          (_, m) => [`method${m}`, rpc.unary(Name, Row(10 * s + m))] as const,
        )
        return [`service${s}`, defineService(Object.fromEntries(methods))] as const
      }),
    )
    const { home } = folder({ 'd.json': JSON.stringify(describeApp(services)) })
    // Once, so that what the generators are is loaded.
    await runHere(['generate', path.join(home, 'd.json'), ...all, '-o', path.join(home, 'one')])
    const begin = performance.now()
    expect(
      await runHere(['generate', path.join(home, 'd.json'), ...all, '-o', path.join(home, 'two')]),
    ).toMatchObject({ exit: 0 })
    const tookMs = performance.now() - begin
    expect(tookMs).toBeLessThan(30_000)
  })
})
