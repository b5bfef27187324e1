import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { FileStorage } from '../../../src/files/file-storage.js'
import { subscribe } from '../../../src/base/channels.js'
import { tempDirectory } from '../../support/temp.js'

const run = promisify(execFile)
const HAS_RSYNC = await run('rsync', ['--version']).then(
  () => true,
  () => false,
)

describe('a closed store of files', () => {
  it.for(['-a', '-a --inplace'])(
    'has what rsync %s brings from another one',
    async (options, { skip }) => {
      if (!HAS_RSYNC) skip('rsync is not installed')
      const [from, to] = [await tempDirectory(), await tempDirectory()]
      for (const [path, values] of [
        [from, { 'a/b.txt': 'newer, and longer', n: { json: true } }],
        [to, { 'a/b.txt': 'older', kept: 'as it was' }],
      ] as const) {
        await using files = await FileStorage.open({ local_storage_path: path, min_free_mb: 0 })
        for (const [key, value] of Object.entries(values)) await files.store(key, value)
      }
      const rules = ['--include=/.meta/', '--exclude=/.*']
      await run('rsync', [...options.split(' '), ...rules, `${from}/`, `${to}/`])
      await using files = await FileStorage.open({ local_storage_path: to, min_free_mb: 0 })
      expect(await files.listKeys()).toEqual(['a/b.txt', 'kept', 'n'])
      expect(await files.retrieve('a/b.txt')).toBe('newer, and longer')
      expect(await files.retrieve('n')).toEqual({ json: true })
      expect(await files.verify()).toMatchObject({ problems: [], strays: [] })
    },
  )

  it('stays readable with line ends and byte order marks of other programs, and reports the marks', async () => {
    const path = await tempDirectory()
    const config = { local_storage_path: path, min_free_mb: 0, enable_cache: false }
    const storage = await FileStorage.open(config)
    for (const key of ['k', 'l']) await storage.store(key, { key })
    await storage.close()
    const [document, mark] = [join(path, '.meta', 'k~f.json'), join(path, '.files.json')]
    for (const file of [document, mark]) {
      const spaced = JSON.stringify(JSON.parse(await readFile(file, 'utf8')), null, 2)
      await writeFile(file, `\ufeff${spaced.replaceAll('\n', '\r\n')}\r\n`)
    }
    const told: string[] = []
    const stop = subscribe('warning', ({ code }) => void told.push(code))
    try {
      await using again = await FileStorage.open(config)
      expect(await again.retrieve('k')).toEqual({ key: 'k' })
      expect(await again.listKeys()).toEqual(['k', 'l'])
      expect(await again.verify()).toMatchObject({ problems: [], strays: [] })
      expect(told).toContain('byte-order-mark')
      // The next store writes it as it was.
      await again.store('k', 'new')
      expect((await readFile(document, 'utf8')).startsWith('{"')).toBe(true)
      expect(await again.delete('k')).toBe(true)
    } finally {
      stop()
    }
  })
})
