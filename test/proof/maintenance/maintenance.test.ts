import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('maintenance.mjs', import.meta.url))
const ROUNDS_DEFAULT = 2
/** A round takes about twenty seconds on an idle machine. */
const ROUND_MAX_MS = 240_000

/** The script makes its own directory there, removes it at the end, and keeps it if it has found something. */
const parent = process.env['HOLDFAST_TEST_DIR'] ?? tmpdir()
const rounds = Number(process.env['HOLDFAST_MAINTENANCE_ROUNDS'] ?? ROUNDS_DEFAULT)

test(
  `${rounds} rounds of retention, compression, resharding and backups between killed writers lose nothing`,
  async () => {
    const { code, output } = await run(['--rounds', String(rounds), '--directory', parent])
    // The seed is in it.
    console.log(output)
    expect(code).toBe(0)
    expect(output).toMatch(/passed: .* 0 violations/)
  },
  rounds * ROUND_MAX_MS,
)

async function run(
  args: readonly string[],
): Promise<{ readonly code: unknown; readonly output: string }> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: `${stdout}${stderr}` })
    })
  })
}
