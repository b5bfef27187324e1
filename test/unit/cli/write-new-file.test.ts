import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { writeNewFile } from '../../../src/cli/write-new-file.js'
import { tempDirectory } from '../../support/temp.js'

it('a file is written as a whole, in place of another one, and leaves nothing beside it', async () => {
  const directory = await tempDirectory()
  const file = join(directory, 'report.html')
  await writeNewFile(file, 'one')
  await writeNewFile(file, new TextEncoder().encode('two'))
  expect(await readFile(file, 'utf8')).toBe('two')
  expect(await readdir(directory)).toEqual(['report.html'])
  await expect(writeNewFile(join(directory, 'no', 'x'), 'x')).rejects.toMatchObject({
    code: 'CLI-INPUT-001',
    message: expect.stringContaining('cannot be written: its directory does not exist') as string,
  })
})
