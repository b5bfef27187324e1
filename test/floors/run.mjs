// `npm run test:coverage`: the tests, and how much of each room of src/ they have run. The arguments go on to Vitest.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'holdfast-coverage-'))
const raw = join(directory, 'raw')
try {
  const reports = ['suite', 'failures'].map((project) => {
    const report = join(directory, project)
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', project, '--coverage']
    const argv = [...vitest, `--coverage.reportsDirectory=${report}`, ...process.argv.slice(2)]
    run(argv, { ...process.env, NODE_V8_COVERAGE: raw })
    return report
  })
  run([fileURLToPath(new URL('floors.mjs', import.meta.url)), raw, ...reports])
} finally {
  rmSync(directory, { recursive: true, force: true })
}

function run(argv, env = process.env) {
  const { status } = spawnSync(process.execPath, argv, { cwd, env, stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
