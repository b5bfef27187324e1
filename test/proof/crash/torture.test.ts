import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('torture.mjs', import.meta.url))
const ROUNDS_DEFAULT = 12
/** A round takes one to two seconds on an idle machine. */
const ROUND_MAX_MS = 10_000

/** The torture makes its own directory there, removes it at the end, and keeps it when it has found something. */
const parent = process.env['HOLDFAST_TEST_DIR'] ?? tmpdir()
const rounds = Number(process.env['HOLDFAST_CRASH_ROUNDS'] ?? ROUNDS_DEFAULT)

test(
  `${rounds} rounds of killed and stopped writers lose nothing, leave nothing by half and hold no process up`,
  async () => {
    const { code, output } = await torture(['--rounds', String(rounds), '--directory', parent])
    // The seed is in it, and after a failure how to replay it.
    console.log(output)
    expect(code).toBe(0)
    expect(output).toMatch(new RegExp(`passed: ${rounds} rounds, [1-9]\\d* kills, .* 0 violations`))
  },
  rounds * ROUND_MAX_MS,
)

async function torture(
  args: readonly string[],
): Promise<{ readonly code: unknown; readonly output: string }> {
  return await new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: `${stdout}${stderr}` })
    })
  })
}
