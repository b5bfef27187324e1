import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, test } from 'vitest'
import { TARGETS } from './targets.mjs'

const SCRIPT = fileURLToPath(new URL('fuzz.mjs', import.meta.url))
const CORPUS = new URL('../corpus/', import.meta.url)
const SECONDS_DEFAULT = 12
const LONG_MS = 240_000

const minutes = Number(process.env['HOLDFAST_FUZZ_SECONDS'] ?? SECONDS_DEFAULT) / 60

afterAll(async () => {
  for (const target of Object.values(TARGETS)) await target.dispose?.()
})

describe.each(Object.entries(TARGETS))('what once broke the decoder of %s', (title, target) => {
  const directory = new URL(`${title}/`, CORPUS)
  const files = existsSync(directory) ? readdirSync(directory) : []

  it(`does so no more: ${files.length} inputs`, async () => {
    for (const file of files) await target.check(readFileSync(new URL(file, directory)))
    // One that breaks nothing: the target is at work.
    await target.check(Buffer.alloc(0))
  })
})

test(
  'no random or mutated bytes make a decoder fail, hang, grow, or accept what says another thing',
  async () => {
    const { code, output } = await run(['--minutes', String(minutes)])
    // The seed is in it, and after a failure how to replay it.
    console.log(output)
    expect(code).toBe(0)
    expect(output).toMatch(/passed: [1-9]\d* inputs, [1-9]\d* accepted, 0 failures/)
    for (const title of Object.keys(TARGETS))
      expect(output).toMatch(new RegExp(`^${title} +[1-9]\\d* inputs`, 'm'))
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
