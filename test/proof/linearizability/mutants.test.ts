import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('linearizability.mjs', import.meta.url))

test('planted bugs are found: what is checked here can fail', () => {
  const output = execFileSync(process.execPath, [SCRIPT, '--mutants'], { encoding: 'utf8' })
  console.log(output)
  expect(output).toMatch(/(\d+) of \1 planted bugs found/)
}, 300_000)
