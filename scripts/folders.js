/**
 * An oxlint rule: imports point one way (CONTRIBUTING.md). Type imports count, `import()` counts.
 *
 * A unit is a folder of lib/, or one transport. It may import itself, the units and the packages of its row, and nothing
 * else; `parts` are folders in it that may import more units. An index.ts is an entry of package.json; inside lib only the two top-level entries may go through one.
 */
import path from 'node:path'

const schemas = ['@sinclair/typebox']

/** @type {Record<string, { units?: string[], packages?: string[], node?: boolean | string[], parts?: Record<string, string[]> }>} */
export const rows = {
  core: { packages: [...schemas, 'ajv', 'ajv-formats', 'fast-json-stringify'] },
  http2: { node: ['driver/client.ts', 'driver/drive.ts', 'driver/server.ts'] },
  wire: { units: ['core'], packages: ['protobufjs'] },
  server: { units: ['core'], node: ['serve.ts'] },
  client: { units: ['core'] },
  middleware: { units: ['core'] },
  logging: { units: ['core'], packages: ['pino', 'pino-pretty'], node: true },
  'transports/memory': { units: ['core', 'wire'] },
  'transports/http': {
    units: ['core', 'wire'],
    packages: ['fastify', 'fastify-plugin', 'undici'],
    node: true,
    // Pages that show what is generated, loaded by whoever turns them on.
    parts: { docs: ['generate'] },
  },
  'transports/grpc': {
    units: ['core', 'wire', 'http2'],
    packages: [...schemas, 'protobufjs'],
    node: true,
  },
  'transports/amqp': { units: ['core', 'wire'], packages: ['amqplib'], node: true },
  'transports/kafka': { units: ['core', 'wire'], packages: ['kafkajs'], node: true },
  'transports/ws': { units: ['core', 'wire'], packages: ['ws'], node: true },
  generate: { units: ['core', 'wire'], packages: ['protobufjs'] },
  cli: {
    units: [
      'core',
      'http2',
      'wire',
      'server',
      'client',
      'middleware',
      'transports/memory',
      'transports/http',
      'transports/grpc',
      'transports/ws',
      'transports/amqp',
      'transports/kafka',
      'generate',
      'logging',
      'testing',
    ],
    packages: ['commander', 'tsx'],
    node: true,
  },
  testing: { units: ['core', 'server', 'client', 'transports/memory'], packages: schemas },
}

/** The files that put the parts together, by name; they may import anything. */
const entries = ['index.ts', 'browser.ts', 'browser-ws.ts', 'node-client.ts']

/**
 * Says what is wrong with an import, or nothing.
 * @param {string} file the importing file, relative to the project, with `/`
 * @param {string} specifier what it imports
 * @returns {string | undefined}
 */
export function complaint(file, specifier) {
  const target = specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : undefined
  if (file.startsWith('examples/')) {
    return target?.startsWith('lib/')
      ? 'an example imports microapi-ts by name, as its reader will'
      : undefined
  }
  if (!file.startsWith('lib/') || entries.includes(file.slice(4))) return undefined

  const unit = unitOf(file)
  const row = rows[unit]
  if (!row) return `${unit} has no row in scripts/folders.js: say there what it may import`
  if (target === undefined) {
    if (specifier === 'node:http2' && !file.startsWith('lib/transports/grpc/node/'))
      return 'node:http2 is an engine of gRPC that can be chosen: it stands in transports/grpc/node/ alone'
    if (specifier.startsWith('node:')) {
      const allowed = row.node === true || (row.node || []).includes(file.slice(`lib/${unit}/`.length))
      return allowed ? undefined : `${file} must run outside Node: it may not import ${specifier}`
    }
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
    return row.packages?.includes(name) ? undefined : `${unit} may not import the package ${name}`
  }
  if (!target.startsWith('lib/')) return `${specifier} leads out of lib/`
  if (path.posix.basename(target) === 'index.ts')
    return 'an index.ts is an entry of package.json: import the file itself'
  const other = unitOf(target)
  const part = file.slice(`lib/${unit}/`.length).split('/', 1)[0] || ''
  const allowed = other === unit || row.units?.includes(other) || row.parts?.[part]?.includes(other)
  return allowed ? undefined : `${unit} may not import ${other}`
}

/** @param {string} file */
function unitOf(file) {
  const [, folder = '', name = ''] = file.split('/')
  return (folder === 'transports' ? `${folder}/${name}` : folder).replace(/\.ts$/, '')
}

const rule = {
  /** @param {any} context oxlint's, which is ESLint's */
  create(context) {
    const file = path.relative(context.cwd, context.filename).replaceAll(path.sep, '/')
    /** @param {any} node */
    const check = (node) => {
      const message = typeof node.source?.value === 'string' && complaint(file, node.source.value)
      if (message) context.report({ node: node.source, message })
    }
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportAllDeclaration: check,
      ExportNamedDeclaration: check,
      TSImportType: check,
    }
  },
}

export default { meta: { name: 'folders' }, rules: { 'one-way': rule } }
