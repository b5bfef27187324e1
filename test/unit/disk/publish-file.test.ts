import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { publishFile } from '../../../src/disk/publish-file.js'
import { tempDirectory } from '../../support/temp.js'

it('publishFile gives a file its name, and overwrites none', async () => {
  const directory = await tempDirectory()
  const [staged, other, to] = ['staged', 'other', 'name'].map((name) => join(directory, name))
  await writeFile(staged ?? '', 'first')
  await writeFile(other ?? '', 'second')
  await publishFile(staged ?? '', to ?? '')
  await expect(publishFile(other ?? '', to ?? '')).rejects.toMatchObject({ code: 'EEXIST' })
  expect(await readFile(to ?? '', 'utf8')).toBe('first')
})
