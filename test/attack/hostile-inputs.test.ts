import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { holdfast } from '../cli/holdfast.js'
import { tempDirectory } from '../support/temp.js'

const BYTES = 1024 * 1024
/** Generous: what is quadratic takes many minutes. */
const DEADLINE_MS = 120_000

describe('a hostile input', { timeout: DEADLINE_MS }, () => {
  it('is compared with another in a time that grows with its length only', async () => {
    const child = join(import.meta.dirname, 'hostile-texts.mjs')
    const { stdout } = await promisify(execFile)(process.execPath, [child], {
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
    })
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(6)
    for (const line of lines) expect(line).toMatch(/: 1$/)
  })

  it.each([
    ['open brackets', '['.repeat(BYTES), 'nested over 256 levels'],
    ['digits', `{"n":${'9'.repeat(BYTES)}}`, 'a number is too big to keep'],
    ['blanks', ' '.repeat(BYTES), 'not JSON'],
  ])('is refused as a document: %s', async (_name, text, message) => {
    const dir = await tempDirectory()
    const file = join(await tempDirectory(), 'hostile.json')
    await writeFile(file, text)
    const { code, stderr } = await holdfast(['save', '--dir', dir, file])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
