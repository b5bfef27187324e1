// The package as built: what programs outside the test runner load.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Compiles src/ where dist/ is missing. */
export function build() {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  if (existsSync(`${root}dist/index.js`)) return
  const compiler = fileURLToPath(import.meta.resolve('typescript/bin/tsc'))
  const { status } = spawnSync(process.execPath, [compiler, '-p', root], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`tsc ended with ${status}`)
}
