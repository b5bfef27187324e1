import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { isStorageError } from '../../../src/base/errors.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { holdfast } from '../../unit/cli/holdfast.js'
import { tempDirectory } from '../../support/temp.js'

const BYTES = 1024 * 1024
/** Generous: what is quadratic takes many minutes. */
const DEADLINE_MS = 120_000

describe('a hostile input', { timeout: DEADLINE_MS }, () => {
  it('is compared with another in a time that grows with its length only', async () => {
    const lines = await linesOf('hostile-texts.mjs')
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

  it('is read, or refused with a short message, wherever it is given', async () => {
    const lines = await linesOf('hostile-values.mjs')
    expect(lines).toHaveLength(16 * 11 + 2 * 33 + 6 * 22)
    // None has 2,000 characters.
    expect(
      lines.filter((line) => !/: (read|refused with 1?\d{1,3} characters)$/.test(line)),
    ).toEqual([])
  })

  it.each([
    'null',
    '5',
    '[]',
    '{}',
    '',
    '{"__proto__":{"format":1}}',
    '['.repeat(BYTES),
    '{"a":'.repeat(100_000),
    ' '.repeat(BYTES),
  ])("in the place of a file's document or of the mark is told with a code: %#", async (text) => {
    const dir = await tempDirectory()
    const config = { backend: 'local', local_storage_path: dir, min_free_mb: 0 } as const
    await using before = new FileStorage(config)
    await before.store('k', 'x')
    await before.close()
    await writeFile(join(dir, '.meta', 'k~f.json'), text)
    await using storage = new FileStorage(config)
    for (const read of [() => storage.retrieve('k'), () => storage.stat('k')])
      expect(isStorageError(await failureOf(read), 'FS-LOAD-001')).toBe(true)
    expect((await storage.verify()).problems).toHaveLength(1)
    // What cannot be read can be replaced and removed.
    await storage.store('k', 'y')
    expect(await storage.retrieve('k')).toBe('y')
    await writeFile(join(dir, '.meta', 'k~f.json'), text)
    expect(await storage.delete('k')).toBe(true)
    await storage.close()

    await writeFile(join(dir, '.files.json'), text)
    await using other = new FileStorage(config)
    const failure = await failureOf(() => other.initialize())
    expect(failure === undefined || isStorageError(failure)).toBe(true)
  })
})

async function failureOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call()
    return undefined
  } catch (error) {
    return error
  }
}

/** What a child process prints; one that hangs is killed. */
async function linesOf(script: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, script)],
    { timeout: DEADLINE_MS, killSignal: 'SIGKILL' },
  )
  return stdout.trimEnd().split('\n')
}
