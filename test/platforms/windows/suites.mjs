// The suites of the repository in a Node for Windows, by Vitest itself: it runs here, its workers run under Wine.
import { fileURLToPath } from 'node:url'
import { startVitest } from 'vitest/node'
import { isMeant, LEFT_OUT } from './left-out.mjs'
import { winePool } from './pool.mjs'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const RUNNER = fileURLToPath(new URL('runner.mjs', import.meta.url))
/** Five to ten times slower than Linux, and the machine may be busy. */
const TIMEOUT_MS = 300_000

/**
 * @param {{ node: readonly string[], env: NodeJS.ProcessEnv }} wine what starts Node there
 * @param {readonly string[]} suites
 */
export async function runSuites(wine, suites) {
  const whole = Object.entries(LEFT_OUT).flatMap(([file, reason]) =>
    typeof reason === 'string' ? [{ file, reason }] : [],
  )
  const vitest = await startVitest('test', [...suites], {
    root: ROOT,
    config: false,
    watch: false,
    pool: winePool(wine),
    runner: RUNNER,
    include: ['test/**/*.test.ts'],
    exclude: whole.map(({ file }) => file),
    maxWorkers: 2,
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
    teardownTimeout: 20_000,
    reporters: [['default', { summary: false }]],
  })
  const modules = vitest.state.getTestModules()
  const isWhole = modules.length > 0 && modules.every((each) => each.ok())
  const errors = vitest.state.getUnhandledErrors()
  await vitest.close()
  for (const { file, reason } of whole) console.log(`left out: ${file}: ${reason}`)
  printTotals(modules)
  const stale = modules.flatMap(entriesWithoutTest)
  if (stale.length > 0) throw new Error(`Left out, and not there: ${stale.join(', ')}`)
  // It says so itself, too; here it is what this proof fails by.
  process.exitCode = 0
  if (!isWhole || errors.length > 0) throw new Error('A suite failed under Wine')
}

/** Of each suite, as docs/platforms.md has them. */
function printTotals(modules) {
  const suites = new Map()
  for (const { relativeModuleId, children } of modules) {
    const [, , suite] = relativeModuleId.split('/')
    const totals = suites.get(suite) ?? { files: 0, passed: 0, failed: 0, skipped: 0 }
    suites.set(suite, totals)
    totals.files++
    for (const test of children.allTests()) totals[test.result().state]++
  }
  console.table(Object.fromEntries(suites))
}

function entriesWithoutTest(module) {
  const entries = Object.keys(LEFT_OUT[module.relativeModuleId] ?? {})
  const names = Array.from(module.children.allTests(), ({ fullName }) => fullName)
  return entries.filter((each) => names.length > 0 && !names.some((name) => isMeant(each, name)))
}
