import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { tempDirectory } from '../../support/temp.js'
import { MUTANTS } from './mutants.js'

const VITEST = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url))
const CONFIG = fileURLToPath(new URL('mutants.config.ts', import.meta.url))
/** It takes less than a minute on two processors that do nothing else. */
const TIMEOUT_MS = 600_000

interface Result {
  readonly failed: number
  readonly passed: number
  readonly errors: readonly string[]
}

describe('the unit test of a file', () => {
  let results: Readonly<Record<string, Result>> = {}

  beforeAll(async () => {
    const report = join(await tempDirectory(), 'report.json')
    const env = { ...process.env, HOLDFAST_MUTANTS: report }
    const run = [VITEST, 'run', '--config', CONFIG]
    const child = spawn(process.execPath, run, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
    await once(child, 'close')
    if (!existsSync(report)) throw new Error(`No test has run:\n${printed}`)
    results = JSON.parse(await readFile(report, 'utf8')) as typeof results
  }, 2 * TIMEOUT_MS)

  it.each(MUTANTS)('finds a bug in $file: $name', ({ name }) => {
    const { failed, passed, errors } = results[name] ?? {}
    expect({ errors, isFound: (failed ?? 0) > 0 }).toEqual({ errors: [], isFound: true })
    // Otherwise it is not the bug that fails.
    expect(passed).toBeGreaterThan(0)
  })
})
