#!/usr/bin/env node
import { Interruption } from './errors.js'
import { run } from './run.js'

const interruption = new AbortController()

// The first signal lets the store be closed in peace. The second one does not wait: a kill cannot hurt a store.
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(SIGNALS[signal])
    interruption.abort(new Interruption(signal, SIGNALS[signal]))
  })
}

const exitCode = await run({
  argv: process.argv.slice(2),
  variables: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interruption.signal,
})

process.exitCode = exitCode
// An interrupted wait, for a lock say, may still be under way in its thread: nobody needs its outcome.
if (interruption.signal.aborted) process.exit(exitCode)
