import type { Reporter, TestCase } from 'vitest/node'

/** More of them in a run than this, and the run fails: something is wrong that is no accident of a busy machine. */
const maxUnsteady = 3

/**
 * Names the cases that passed only when they were run again, and shows what they failed with: each is a defect to be
 * found. In CI alone is a case run again, where the machine is shared and one late wake-up among many thousand cases
 * would hide the answer for all others.
 */
export function unsteadyReporter(): Reporter {
  const unsteady: TestCase[] = []
  return {
    onTestCaseResult(test) {
      if (test.diagnostic()?.flaky) unsteady.push(test)
    },
    onTestRunEnd() {
      for (const test of unsteady) {
        console.log(`unsteady: ${test.module.relativeModuleId} > ${test.fullName}`)
        for (const error of test.result().errors ?? []) console.log(error.stack ?? error.message)
      }
      console.log(`unsteady: ${unsteady.length} case(s) passed only when run again`)
      if (unsteady.length > maxUnsteady) process.exitCode = 1
    },
  }
}
