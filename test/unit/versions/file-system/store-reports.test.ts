import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { diagnose, storageStats } from '../../../../src/versions/file-system/store-reports.js'
import { tempDirectory } from '../../../support/temp.js'
import { openParts, save } from './open-parts.js'

describe('the statistics of a store', () => {
  it('count prompts and versions, and measure their files only if asked to', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir, { enableSharding: true, shardDepth: 1 })
    await save(store, 'p', '1.0.0', '1.1.0')
    await save(store, 'q', '1.0.0')
    const plain = await storageStats(store, { bytes: false })
    expect(plain).toMatchObject({
      total_prompts: 2,
      total_versions: 3,
      index_enabled: true,
      sharding: { enabled: true, depth: 1 },
      schema: null,
      durability_state: 'ok',
    })
    expect(plain).not.toHaveProperty('total_bytes')
    const sizes = await Promise.all(
      [
        ['p', '1.0.0'],
        ['p', '1.1.0'],
        ['q', '1.0.0'],
      ].map(
        async ([id = '', version = '']) =>
          (await stat(join(storageDir, store.layout.versionPath(id, version)))).size,
      ),
    )
    const { total_bytes: total } = await storageStats(store, { bytes: true })
    expect(total).toBe(sizes.reduce((sum, size) => sum + size, 0))
  })

  it('say that a store has neither index nor cache', async () => {
    const store = await openParts(await tempDirectory(), { useIndex: false, useCache: false })
    await save(store, 'p', '1.0.0')
    expect(await storageStats(store, { bytes: false })).toMatchObject({
      total_versions: 1,
      index_enabled: false,
      cache_enabled: false,
      cache_stats: undefined,
    })
  })
})

describe('the diagnosis of a store', () => {
  it('counts what is staged and in quarantine, of which the latter is a problem', async () => {
    const storageDir = await tempDirectory()
    const store = await openParts(storageDir)
    const own = (problems: readonly string[]): readonly string[] =>
      problems.filter((problem) => problem.includes('.quarantine'))
    const before = await diagnose(store)
    expect(before).toMatchObject({ state: 'ok', staged_files: 0, quarantined_files: 0 })
    expect(own(before.problems)).toEqual([])
    await mkdir(join(storageDir, '.quarantine'), { recursive: true })
    await writeFile(join(storageDir, '.quarantine/a'), '')
    await writeFile(join(storageDir, '.tmp/b'), '')
    const after = await diagnose(store)
    expect(after).toMatchObject({ staged_files: 1, quarantined_files: 1 })
    expect(own(after.problems)).toEqual(['1 entries are in .quarantine.'])
  })

  it('names ids that look the same by their code points, and those with invisible characters', async () => {
    const store = await openParts(await tempDirectory())
    // Latin, with a Cyrillic a, and full-width; with a zero-width space; and one that is only itself.
    for (const id of ['pay', 'p\u0430y', '\uff50ay', 'x\u200by', 'Übersicht', 'plain'])
      await save(store, id, '1.0.0')
    const { problems } = await diagnose(store)
    const looks = problems.filter((problem) => /\bids?\b/.test(problem))
    expect(looks).toHaveLength(2)
    const [group = '', single = ''] = looks
    for (const spelled of ['"pay"', '"p\\u0430y"', '"\\uff50ay"']) expect(group).toContain(spelled)
    expect(single).toBe('The id "x\\u200by" has characters that cannot be seen.')
  })

  it('shows twenty of many look-alikes, and how many more there are', async () => {
    const store = await openParts(await tempDirectory(), { durability: 'none' })
    for (let at = 0; at < 22; at++) await save(store, `x\u200b${at}`, '1.0.0')
    const { problems } = await diagnose(store)
    const looks = problems.filter((problem) => /\bids?\b/.test(problem))
    expect(looks).toHaveLength(21)
    expect(looks.at(-1)).toBe('2 more ids look like others.')
  })
})
