#!/usr/bin/env node
// Little is imported here: other programs ask for `--version`, which is answered without the rest.
import type { Environment } from './environment.js'
import { isVersionAsked, writeVersion } from './version-option.js'

const interruption = new AbortController()
const environment: Environment = {
  argv: process.argv.slice(2),
  variables: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interruption.signal,
}

if (isVersionAsked(environment.argv)) {
  environment.stdout.on('error', () => undefined)
  writeVersion(environment.stdout, environment.argv.includes('--json'))
} else {
  await runToTheEnd()
}

async function runToTheEnd(): Promise<void> {
  const { Interruption } = await import('./errors.js')
  const { run } = await import('./run.js')
  // The first signal closes the store in order. The second one does not wait: a kill cannot damage a store.
  const signals = { SIGINT: 130, SIGTERM: 143 } as const
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interruption.signal.aborted) process.exit(signals[signal])
      interruption.abort(new Interruption(signal, signals[signal]))
    })
  }
  const exitCode = await run(environment)
  process.exitCode = exitCode
  // An interrupted wait, for a lock for example, may still be under way in its thread: its outcome is not needed.
  if (interruption.signal.aborted) process.exit(exitCode)
}
