import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('kernel.mjs', import.meta.url))
const ROUNDS = Number(process.env['HOLDFAST_KERNEL_ROUNDS'] ?? 2)
/** A kernel boots in two seconds on an idle machine, and each round has up to three of them. */
const ROUND_MAX_MS = 120_000

test(
  `${ROUNDS} deaths of a whole kernel lose nothing that was acknowledged and leave nothing by half`,
  async ({ skip }) => {
    const { code, output } = await run(['--rounds', String(ROUNDS), '--filesystem', 'ext4'])
    // The seed is in it, and after a failure where everything is kept.
    console.log(output)
    const [, lacking] = /^kernel: not run, (.*)$/m.exec(output) ?? []
    skip(lacking !== undefined, lacking)
    expect(code).toBe(0)
    expect(output).toMatch(/^passed: [1-9]\d* deaths, [1-9]\d* acknowledged, .* 0 violations$/m)
  },
  ROUNDS * ROUND_MAX_MS,
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
