import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Compiles src/ into dist/, and bundles it, once before the tests: those that start processes run the built package.
 * `HOLDFAST_SKIP_BUILD=1` uses the dist/ that is there.
 */
export function setup(): void {
  if (process.env['HOLDFAST_SKIP_BUILD']) return
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  run([compiler, '-p', 'tsconfig.json'])
  run(['scripts/bundle.mjs'])
}

function run(program: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, program, {
    cwd: root,
    encoding: 'utf8',
  })
  if (error !== undefined) throw error
  if (status !== 0)
    throw new Error(`The build failed (${program[0]} ended with ${status}):\n${stdout}${stderr}`)
}
