import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findUpwards } from '../../../src/disk/find-upwards.js'
import { tempDirectory } from '../../support/temp.js'

const NAMES = ['holdfast-a.test', 'holdfast-b.test']

describe('findUpwards', () => {
  it('finds the files of the nearest directory that has one', async () => {
    const root = await tempDirectory()
    const deep = join(root, 'a/b/c')
    await mkdir(deep, { recursive: true })
    expect(await findUpwards(deep, NAMES)).toEqual([])
    await writeFile(join(root, NAMES[0] ?? ''), '')
    const owner = process.getuid?.() ?? 0
    expect(await findUpwards(deep, NAMES)).toEqual([{ path: join(root, NAMES[0] ?? ''), owner }])
    for (const name of NAMES) await writeFile(join(root, 'a/b', name), '')
    const found = await findUpwards(deep, NAMES)
    expect(found.map(({ path }) => path)).toEqual(NAMES.map((name) => join(root, 'a/b', name)))
  })

  it('does not count a directory, nor a link that leads nowhere', async () => {
    const root = await tempDirectory()
    await mkdir(join(root, NAMES[0] ?? ''))
    await symlink('nowhere', join(root, NAMES[1] ?? ''))
    expect(await findUpwards(root, NAMES)).toEqual([])
  })

  it('fails for what can be neither there nor absent', async () => {
    const root = await tempDirectory()
    await symlink('holdfast-a.test', join(root, 'holdfast-a.test'))
    await expect(findUpwards(root, NAMES)).rejects.toMatchObject({ code: 'ELOOP' })
  })
})
