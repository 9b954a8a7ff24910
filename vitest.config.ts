import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import type { Vite } from 'vitest/node'
import { LongFirst } from './spec/order.ts'
import { unsteadyReporter } from './spec/unsteady.ts'

// In CI every test is named as it ends, so that the log shows where a hang began; REPORT asks for a JSON file too.
const isCi = Boolean(process.env['CI'])
const reporters = isCi ? ['verbose', 'hanging-process', unsteadyReporter()] : ['default', 'hanging-process']
const report = process.env['REPORT']

/** Short specs that leave nothing behind. To start a process and to load our sources takes longer than most of them. */
const together = [
  'spec/{client,core,generate,http2,logging,middleware,server,testing,wire}/**/*.spec.ts',
  'spec/transports/{amqp,grpc,http,ws}/**/*.spec.ts',
]

const specs: TestProjectInlineConfiguration = {
  // `microapi-ts/…` means the sources, by the table in tsconfig.json.
  resolve: { tsconfigPaths: true },
  plugins: [excludeByCommandLine()],
  test: {
    pool: 'forks',
    // What is measured of memory is what is in use, not what may still be collected.
    execArgv: ['--expose-gc'],
    // What passes only then is named, with its failure.
    retry: isCi ? 1 : 0,
    testTimeout: 10_000,
    hookTimeout: 10_000,
  },
}

export default defineConfig({
  test: {
    projects: [
      {
        ...specs,
        // A process for each spec file: what one leaves behind (a listener, a timer) disturbs no other.
        test: { ...specs.test, name: 'alone', include: ['spec/**/*.spec.ts'], exclude: together },
      },
      {
        ...specs,
        test: {
          ...specs.test,
          name: 'together',
          include: together,
          isolate: false,
          setupFiles: ['spec/left-behind.ts'],
          restoreMocks: true,
          unstubEnvs: true,
          unstubGlobals: true,
        },
      },
    ],
    // Brokers are started when a spec asks for one, and ended behind the last.
    globalSetup: ['spec/brokers/global-setup.ts'],
    // One more than CI has cores: half of the time a spec waits for time to pass, or for a process that it has started.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    slowTestThreshold: 1_000,
    reporters: report ? [...reporters, ['json', { outputFile: report }]] : reporters,
  },
})

/** Lets `--exclude` hold for the projects too: vitest has it for the root alone. */
function excludeByCommandLine(): Vite.Plugin {
  return {
    name: 'exclude-by-command-line',
    configureVitest({ vitest, project }) {
      project.config.exclude.push(...(vitest.config.cliExclude ?? []))
    },
  }
}
