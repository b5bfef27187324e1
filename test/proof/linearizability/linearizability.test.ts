import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('linearizability.mjs', import.meta.url))
const SECONDS_DEFAULT = 12
const LONG_MS = 240_000

const parent = process.env['HOLDFAST_TEST_DIR'] ?? tmpdir()
const minutes = Number(process.env['HOLDFAST_LINEARIZABILITY_SECONDS'] ?? SECONDS_DEFAULT) / 60

test(
  'what processes and threads are told, some of them killed, can be explained by one order',
  async () => {
    const { code, output } = await run(['--minutes', String(minutes), '--directory', parent])
    // The seed is in it, and after a failure how to replay it.
    console.log(output)
    expect(code).toBe(0)
    expect(output).toMatch(/passed: [1-9]\d* rounds,[\s\S]* 0 violations/)
  },
  LONG_MS,
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
