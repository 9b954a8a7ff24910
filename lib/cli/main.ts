#!/usr/bin/env node
import process from 'node:process'
import { runProgram } from './program.ts'

const exitCode = await runProgram(process.argv.slice(2), {
  print: (line) => void process.stdout.write(`${line}\n`),
  warn: (line) => void process.stderr.write(`${line}\n`),
})
// An app that was loaded may hold the process open: a pool, a timer. What was written goes out first.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
)
process.exit(exitCode)
