import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FileLocks } from '../../../src/locks/file-locks.js'
import { tempDirectory } from '../../support/temp.js'
import { lockConformance } from './conformance.js'

lockConformance({
  name: 'files',
  noticesDeath: true,
  makePlace: async () => ({ kind: 'file', directory: await tempDirectory() }),
  open: async ({ directory }) => await FileLocks.open(directory as string),
})

describe('locks in files', () => {
  it('keep their tokens when they are closed and opened again', async () => {
    const directory = await tempDirectory()
    const tokens: number[] = []
    for (let round = 0; round < 3; round++) {
      await using locks = await FileLocks.open(directory)
      tokens.push((await locks.acquire('a')).token)
    }
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b))
    expect(new Set(tokens).size).toBe(3)
  })

  it('refuse a damaged file, and go on when it is removed', async () => {
    const directory = await tempDirectory()
    const first = await FileLocks.open(directory)
    const lease = await first.acquire('a')
    await first.close()
    const [file = ''] = (await readdir(directory)).filter((name) => /^[0-9a-f]+\.json$/.test(name))
    await writeFile(join(directory, file), '{"token":')
    const second = await FileLocks.open(directory)
    onTestFinished(async () => await second.close())
    await expect(second.acquire('a')).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    await writeFile(join(directory, file), '')
    await expect(second.acquire('a')).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    expect((await second.acquire('b')).token).toBeGreaterThan(lease.token)
  })

  it('are opened, not constructed', () => {
    const make = FileLocks as unknown as new () => FileLocks
    expect(() => new make()).toThrow(/FileLocks\.open/)
  })
})
