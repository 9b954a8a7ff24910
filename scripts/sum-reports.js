/**
 * `node scripts/sum-reports.js DIR`: adds up the JSON reports of vitest in DIR and prints one line.
 * Exits with 1 when something failed or nothing ran. Plain JavaScript: it must run even when the install failed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const folder = process.argv[2] ?? '.cache/reports'
const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
const total = { passed: 0, failed: 0, skipped: 0 }

for (const name of names) {
  const report = JSON.parse(readFileSync(path.join(folder, name), 'utf8'))
  total.passed += report.numPassedTests
  total.failed += report.numFailedTests
  // What scripts/matrix.ts leaves out stands there, with why: it has run on another Node.
  if (!name.startsWith('node-')) total.skipped += report.numPendingTests + report.numTodoTests
  // A spec file that does not load has no tests to count, and is a failure nonetheless.
  total.failed += report.testResults.filter(
    (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
}

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
if (total.failed > 0 || total.passed === 0) process.exitCode = 1
