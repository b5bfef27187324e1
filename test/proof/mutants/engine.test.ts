import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { tempDirectory } from '../../support/temp.js'
import { ENGINE_MUTANTS } from './mutants.js'

const VITEST = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url))
const CONFIG = fileURLToPath(new URL('mutants.config.ts', import.meta.url))
const TIMEOUT_MS = 300_000

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
    const { stdout, stderr } = spawnSync(process.execPath, run, { env, encoding: 'utf8' })
    if (!existsSync(report)) throw new Error(`No test has run:\n${stdout}${stderr}`)
    results = JSON.parse(await readFile(report, 'utf8')) as typeof results
  }, TIMEOUT_MS)

  it.each(ENGINE_MUTANTS)('finds a bug in $file: $name', ({ name }) => {
    const { failed, passed, errors } = results[name] ?? {}
    expect({ errors, isFound: (failed ?? 0) > 0 }).toEqual({ errors: [], isFound: true })
    // Otherwise it is not the bug that fails.
    expect(passed).toBeGreaterThan(0)
  })
})
