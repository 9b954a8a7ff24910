const SERVICES = 10
const METHODS = 50

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

const methodOf = (index: number): string => {
  const schemas = `In${index}, Out${index}`
  const base = index % 5 === 4 ? 'rpc' : 'authed'
  if (index % 10 === 7) {
    return `  list_${index}: ${base}.serverStream(${schemas}, async function* ({ id }) {
    yield { name: 'x', total: id, tags: [], nested: { flag: true } }
  }),`
  }
  if (index % 10 === 8) {
    return `  add_${index}: ${base}.clientStream(${schemas}, async (items) => {
    let total = 0
    for await (const item of items) total += item.id
    return { name: 'x', total, tags: [], nested: { flag: true } }
  }),`
  }
  const context = base === 'authed' ? ', { account, repo }' : ''
  const total = base === 'authed' ? 'id + repo.count(account.id)' : 'id'
  return `  get_${index}: ${base}.unary(${schemas}, ({ id, label }${context}) => {
    return { name: label, total: ${total}, tags: [], nested: { flag: true } }
  }),`
}

const schemaOf = (index: number): string => `const In${index} = Type.Object({
  id: Type.Integer(), label: t.Default(Type.String(), ''), kind: Type.Union([Type.Literal('a'), Type.Literal('b${index}')]),
})
const Out${index} = Type.Object({
  name: Type.String(), total: Type.Integer(), note_${index}: Type.Optional(Type.String()),
  tags: Type.Array(Type.String()), nested: Type.Object({ flag: Type.Boolean() }),
})`

const serviceOf = (service: number): string => `import { Type } from '@sinclair/typebox'
import { defineService, rpc, t } from 'microapi-ts'
import { account, repo } from './parts.js'

${range(METHODS).map(schemaOf).join('\n')}

const authed = rpc.use(account).provide({ repo })

export const service${service} = defineService({
${range(METHODS).map(methodOf).join('\n')}
})
`

const parts = `import { depends, type Middleware } from 'microapi-ts'

export const account: Middleware<{ account: { id: number } }> = (call, next) => next(call.with({ account: { id: 1 } }))
const pool = depends(() => ({ size: 10 }))
export const repo = depends({ pool }, ({ pool }) => ({ count: (id: number) => pool.size + id }))
`

const app = `import { createApp } from 'microapi-ts'
${range(SERVICES)
  .map((service) => `import { service${service} } from './service${service}.js'`)
  .join('\n')}

export const app = createApp({
  services: { ${range(SERVICES)
    .map((service) => `service${service}`)
    .join(', ')} },
})
`

const useOf = (service: number, index: number): string => {
  const name = `client.service${service}`
  const request = `{ id: ${index}, kind: 'b${index}' }`
  if (index % 10 === 7)
    return `for await (const item of ${name}.list_${index}(${request})) total += item.total`
  if (index % 10 === 8) return `total += (await ${name}.add_${index}([${request}])).total`
  return `total += (await ${name}.get_${index}(${request})).note_${index}?.length ?? 0`
}

/** Every method is called once, and a wrong call in every service shows that types, not `any`, were checked. */
const client = `import { createClient } from 'microapi-ts/client'
import { http } from 'microapi-ts/http'
import type { app } from './app.js'

const client = createClient<typeof app>(http({ port: 8080 }))
let total = 0
${range(SERVICES)
  .map((service) =>
    range(METHODS)
      .map((index) => useOf(service, index))
      .join('\n'),
  )
  .join('\n')}
${range(SERVICES)
  .map(
    (service) =>
      `// @ts-expect-error 'c' is no kind\nvoid client.service${service}.get_0({ id: 1, kind: 'c' })`,
  )
  .join('\n')}
console.log(total)
`

/** How many methods the generated app has. */
export const METHOD_COUNT = SERVICES * METHODS

/** The files of an application of 500 methods in 10 services, with middleware, dependencies and a client, by name. */
export const generatedApp = (): Record<string, string> => ({
  'parts.ts': parts,
  ...Object.fromEntries(range(SERVICES).map((service) => [`service${service}.ts`, serviceOf(service)])),
  'app.ts': app,
  'client.ts': client,
})
