import { appText } from './app-text.ts'
import { contractText } from './contract-text.ts'
import { readmeText } from './readme-text.ts'
import { specText } from './spec-text.ts'
import { transports, type TransportName } from './transports.ts'
import { ownManifest, versionsOf } from './versions.ts'
import type { ProjectFiles } from './write-project.ts'

/** What a project is made of. */
export interface ProjectParts {
  /** The package's name. */
  readonly name: string
  readonly transport: TransportName
  /** What npm is to install as `microapi-ts`. */
  readonly spec: string
}

/** The files of a project, by their paths in it. */
export function projectFiles(parts: ProjectParts): ProjectFiles {
  const { name, transport } = parts
  const profile = transports[transport]
  return {
    'package.json': packageText(parts),
    'tsconfig.json': tsconfigText,
    'vitest.config.ts': vitestText,
    'src/contract.ts': contractText,
    'src/app.ts': appText,
    'spec/app.spec.ts': specText,
    'README.md': readmeText(name, profile),
    ...(profile.port !== undefined && {
      Dockerfile: dockerText(profile.port, profile.run),
      '.dockerignore': ignored,
    }),
    '.gitignore': ignored,
  }
}

function packageText({ name, transport, spec }: ProjectParts): string {
  const { packages, run } = transports[transport]
  const words = run.map((word) => (/^[\w-]+$/.test(word) ? word : `"${word}"`))
  const start = ['microapi run src/app.ts', ...words].join(' ')
  const dependencies = { 'microapi-ts': spec, ...versionsOf(['@sinclair/typebox', 'tsx', ...packages]) }
  const manifest = {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: ownManifest().engines.node },
    scripts: {
      start,
      dev: `${start} --reload`,
      test: 'vitest run',
      check: 'tsc --noEmit',
    },
    dependencies: sorted(dependencies),
    devDependencies: sorted(versionsOf(['@types/node', 'typescript', 'vitest'])),
    // Neither has to run anything to be installed, and npm asks about those that would.
    allowScripts: { esbuild: false, ...(packages.includes('protobufjs') && { protobufjs: false }) },
  }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

function sorted(of: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const tsconfigText = `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023", "esnext.disposable"],
    "types": ["node"],
    "module": "nodenext",
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "exactOptionalPropertyTypes": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true,
    "noEmit": true
  },
  "include": ["src", "spec", "vitest.config.ts"]
}
`

// Without one of its own vitest takes the next that it finds above.
const vitestText = `import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['spec/**/*.spec.ts'] } })
`

const ignored = `node_modules/
*.log
.env
`

function dockerText(port: number, run: readonly string[]): string {
  const command = ['node', 'node_modules/microapi-ts/dist/cli/main.js', 'run', 'src/app.ts', ...run]
  const words = command.map((word) => JSON.stringify(word)).join(', ')
  return `# docker build -t app . && docker run --rm -p ${port}:${port} app
FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY tsconfig.json ./
COPY src ./src
ENV NODE_ENV=production MICROAPI_HOST=0.0.0.0 MICROAPI_PORT=${port}
EXPOSE ${port}
USER node
# Not by npm, so that the server itself gets SIGTERM and finishes its calls.
CMD [${words}]
`
}
