import { defineConfig } from 'vitest/config'
import { LongFirst } from './spec/order.ts'
import { unsteadyReporter } from './spec/unsteady.ts'

// In CI every test is named as it ends, so that the log shows where a hang began; REPORT asks for a JSON file too.
const isCi = Boolean(process.env['CI'])
const reporters = isCi ? ['verbose', 'hanging-process', unsteadyReporter()] : ['default', 'hanging-process']
const report = process.env['REPORT']

export default defineConfig({
  // `microapi-ts/…` means the sources, by the table in tsconfig.json.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['spec/**/*.spec.ts'],
    // Brokers are started when a spec asks for one, and ended behind the last.
    globalSetup: ['spec/brokers/global-setup.ts'],
    // A process for each spec file: what one leaves behind (a listener, a timer) disturbs no other.
    pool: 'forks',
    // What is measured of memory is what is in use, not what may still be collected.
    execArgv: ['--expose-gc'],
    // One more than CI has cores: half of the time a spec waits for time to pass, or for a process that it has started.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    // What passes only then is named, with its failure.
    retry: isCi ? 1 : 0,
    testTimeout: 10_000,
    hookTimeout: 10_000,
    slowTestThreshold: 1_000,
    reporters: report ? [...reporters, ['json', { outputFile: report }]] : reporters,
  },
})
