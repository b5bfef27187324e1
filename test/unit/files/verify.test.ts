import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileParts } from '../../../src/files/parts.js'
import { checkVerifyOptions, isLoss, verifyFiles } from '../../../src/files/verify.js'
import { storeContent } from '../../../src/files/writer.js'
import { tempDirectory } from '../../support/temp.js'
import { contentOf, openParts } from './support.js'

async function holding(keys: readonly string[]): Promise<{ path: string; parts: FileParts }> {
  const path = await tempDirectory()
  const place = { backend: 'local', storageDir: path, disk: 'portable', minFreeMb: 0 } as const
  const parts = await openParts({ ...place, enableCompression: false })
  for (const key of keys) await storeContent(parts, contentOf(key, `content of ${key}`))
  return { path, parts }
}

const NOTHING = { versions_checked: 0, problems: [], strays: [], lost: [] }

describe('a verification', () => {
  it('reads every file to its end, and finds nothing in a healthy storage', async () => {
    const { parts } = await holding(['a.txt', 'b.txt'])
    expect(await verifyFiles(parts, {})).toEqual({ checked: 2, ...NOTHING })
    expect(await verifyFiles(await openParts(), {})).toEqual({ checked: 0, ...NOTHING })
  })

  it('says what is wrong with each file, and goes on', async () => {
    const { path, parts } = await holding(['a.txt', 'b.txt', 'c.txt', 'd.txt', 'e.txt'])
    await writeFile(join(path, 'a.txt'), 'CONTENT of a.txt')
    await truncate(join(path, 'b.txt'), 3)
    await rm(join(path, 'c.txt'))
    await writeFile(join(path, '.meta/d.txt.json'), '{}')
    const { checked, problems } = await verifyFiles(parts, {})
    expect(checked).toBe(5)
    expect(problems.map(({ key, code, reason }) => [key, code, reason])).toEqual([
      ['a.txt', 'FS-LOAD-001', 'checksum'],
      ['b.txt', 'FS-LOAD-001', 'cut'],
      ['c.txt', 'FS-LOAD-001', 'missing'],
      ['d.txt', 'FS-LOAD-001', 'document'],
    ])
    for (const { message } of problems) expect(message).not.toBe('')
  })

  it('fails with what is not damage, such as a disk that cannot be read', async () => {
    const { parts } = await holding(['a.txt'])
    parts.backend.get = async () => await Promise.reject(new Error('the disk broke'))
    await expect(verifyFiles(parts, {})).rejects.toThrow('the disk broke')
  })

  it('with a prefix reads just those files, and looks for no strays', async () => {
    const { path, parts } = await holding(['dir/a.txt', 'other.txt'])
    await writeFile(join(path, 'other.txt'), 'damaged')
    await writeFile(join(path, 'stray.txt'), 'x')
    expect(await verifyFiles(parts, { prefix: 'dir/' })).toEqual({ checked: 1, ...NOTHING })
  })

  it('puts a payload without a document aside only to repair, and leaves foreign files', async () => {
    const { path, parts } = await holding(['a.txt'])
    await writeFile(join(path, 'lost.txt'), 'what is left')
    await writeFile(join(path, '.foreign'), 'x')
    const foreign = { path: '.foreign', kind: 'foreign-file' }
    const lost = { path: 'lost.txt', kind: 'payload-without-document', key: 'lost.txt' }
    expect((await verifyFiles(parts, {})).strays).toEqual([foreign, lost])
    const { strays } = await verifyFiles(parts, { repair: true })
    const [, aside] = strays
    expect(strays).toEqual([foreign, { ...lost, quarantined: expect.any(String) }])
    const kept = await readFile(join(path, aside?.quarantined ?? 'none'), 'utf8')
    expect(kept).toBe('what is left')
    expect([foreign, lost, aside].map((stray) => isLoss(stray as never))).toEqual([
      false,
      true,
      false,
    ])
    expect((await verifyFiles(parts, {})).strays).toEqual([foreign])
  })

  it('refuses a wrong option', () => {
    for (const options of [{ repair: 'yes' }, { accept: 1 }, { prefix: 7 }, { fix: true }])
      expect(() => checkVerifyOptions(options as never)).toThrow(TypeError)
    expect(() => checkVerifyOptions({ prefix: '', repair: true, accept: false })).not.toThrow()
  })
})
