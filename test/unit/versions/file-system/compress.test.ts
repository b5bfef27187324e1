import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DiskError } from '../../../../src/disk/disk-error.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion, saveAll } from '../../../../src/versions/conformance/subject.js'
import { interceptedDisk } from '../../../support/intercepted-disk.js'
import { tempDirectory } from '../../../support/temp.js'
import { UnansweringDisk } from '../../../support/unanswering-disk.js'

const VERSIONS = ['1.0.0', '1.0.1', '1.1.0', '2.0.0']

async function filled(
  options: object = {},
): Promise<{ readonly storage: FileSystemStorage; readonly dir: string }> {
  const dir = await tempDirectory()
  const storage = await FileSystemStorage.open({ storageDir: dir, minFreeMb: 0, ...options })
  onTestFinished(async () => await storage.close())
  await saveAll(storage, 'p', VERSIONS)
  return { storage, dir }
}

async function markOf(dir: string): Promise<{ readonly requires: readonly string[] }> {
  return JSON.parse(await readFile(join(dir, '.metadata.json'), 'utf8')) as never
}

async function filesIn(dir: string): Promise<readonly string[]> {
  return (await readdir(join(dir, 'p'))).sort()
}

describe('compression', () => {
  it('leaves the newest versions plain, and every call sees the others as before', async () => {
    const { storage, dir } = await filled({ useCache: false })
    const before = await storage.listVersions('p')
    const text = await readFile(join(dir, 'p/1.0.0.json'))
    const report = await storage.compress({ keepLast: 2 })
    expect(report.versions.map(({ version }) => version)).toEqual(['1.0.0', '1.0.1'])
    expect(report).toMatchObject({ dry_run: false, skipped: [] })
    expect(report.bytes_after).toBeLessThan(report.bytes_before)
    expect(await filesIn(dir)).toEqual([
      '1.0.0.json.gz',
      '1.0.1.json.gz',
      '1.1.0.json',
      '2.0.0.json',
    ])
    expect(gunzipSync(await readFile(join(dir, 'p/1.0.0.json.gz'))).equals(text)).toBe(true)
    expect(await storage.listVersions('p')).toEqual(before)
    expect(await storage.getVersion('p', '1.0.0')).toEqual(before[0])
    expect(await storage.findPath('p', '1.0.0')).toBe(join(dir, 'p/1.0.0.json.gz'))
    expect(Buffer.from((await storage.readRaw('p', '1.0.0')) ?? []).equals(text)).toBe(true)
    expect((await storage.verify()).findings).toEqual([])
    expect(await storage.getStorageStats({ bytes: true })).toMatchObject({ total_versions: 4 })
    expect((await storage.compress({ keepLast: 2 })).versions).toEqual([])
    expect((await markOf(dir)).requires).toContain('gzip')
  })

  it('reports what it would do, and does nothing of it, when it is asked to', async () => {
    const { storage, dir } = await filled()
    const plan = await storage.compress({ dryRun: true })
    expect(plan).toMatchObject({ dry_run: true, versions: [{}, {}, {}] })
    expect(await filesIn(dir)).toEqual(VERSIONS.map((version) => `${version}.json`))
    expect((await markOf(dir)).requires).not.toContain('gzip')
    const done = await storage.compress()
    expect({ ...done, dry_run: true }).toEqual(plan)
  })

  it('passes over young, small, incompressible and damaged versions', async () => {
    const { storage, dir } = await filled()
    expect((await storage.compress({ olderThanDays: 1 })).versions).toEqual([])
    expect((await storage.compress({ minBytes: 100_000 })).versions).toEqual([])
    await writeFile(join(dir, 'p/1.0.0.json'), 'not JSON')
    const tiny = JSON.stringify({ prompt_id: 'p', version: '1.0.1' })
    await writeFile(join(dir, 'p/1.0.1.json'), tiny)
    const { versions, skipped } = await storage.compress()
    expect(versions.map(({ version }) => version)).toEqual(['1.1.0'])
    expect(skipped).toEqual([
      { prompt_id: 'p', version: '1.0.0', reason: 'damaged' },
      { prompt_id: 'p', version: '1.0.1', reason: 'not-smaller' },
    ])
    expect(await readFile(join(dir, 'p/1.0.1.json'), 'utf8')).toBe(tiny)
  })

  it.each(['EIO', 'EMFILE', 'ESTALE'])(
    'fails, and calls no version damaged, while the disk answers %s',
    async (code) => {
      const failing = new UnansweringDisk()
      const { storage, dir } = await filled({ disk: failing.disk, retry: false })
      failing.answer = code
      const refused = { code: 'FS-IO-001', context: { error: code, prompt_id: 'p' } }
      await expect(storage.compress()).rejects.toMatchObject(refused)
      failing.answer = undefined
      expect(await filesIn(dir)).toEqual(VERSIONS.map((version) => `${version}.json`))
      const { versions, skipped } = await storage.compress()
      expect(versions).toHaveLength(VERSIONS.length - 1)
      expect(skipped).toEqual([])
    },
  )

  it('fails with a code when a read of many files does not return', async () => {
    let isHanging = false
    const disk = interceptedDisk((real) => ({
      readMany: async (...given) =>
        isHanging
          ? await Promise.reject(new DiskError('ETIMEDOUT', 'read', ''))
          : await real.readMany(...given),
    }))
    const { storage } = await filled({ disk, retry: false })
    await storage.compress({ keepLast: 2 })
    isHanging = true
    const refused = { code: 'FS-TIMEOUT-001', cause: { code: 'ETIMEDOUT' } }
    await expect(storage.compress()).rejects.toMatchObject(refused)
    await expect(storage.decompress()).rejects.toMatchObject(refused)
    await expect(storage.reshard({ depth: 1 })).rejects.toMatchObject(refused)
    isHanging = false
    expect(await storage.reshard({ depth: 1 })).toMatchObject({ moved_versions: VERSIONS.length })
    expect((await storage.decompress()).versions).toHaveLength(2)
  })

  it('is undone, and the store then is one that older programs open', async () => {
    const { storage, dir } = await filled()
    const texts = await Promise.all(
      VERSIONS.map(async (version) => await readFile(join(dir, `p/${version}.json`))),
    )
    const { requires } = await markOf(dir)
    await storage.compress()
    const [first] = (await storage.decompress({ promptId: 'p', dryRun: true })).versions
    expect(first?.bytes_after).toBe(texts[0]?.length)
    await storage.decompress({ promptId: 'p' })
    expect((await markOf(dir)).requires).toContain('gzip')
    await storage.decompress()
    expect((await markOf(dir)).requires).toEqual(requires)
    for (const [at, version] of VERSIONS.entries())
      expect((await readFile(join(dir, `p/${version}.json`))).equals(texts[at] as Buffer)).toBe(
        true,
      )
    await storage.compress()
    expect(await filesIn(dir)).toContain('1.0.0.json.gz')
  })

  it('never lets a version be saved in a second form', async () => {
    const { storage, dir } = await filled()
    await using other = await FileSystemStorage.open({ storageDir: dir, minFreeMb: 0 })
    await storage.compress()
    await expect(other.saveVersion(sampleVersion('p', '1.0.0'))).rejects.toMatchObject({
      code: 'OPT-VER-001',
      context: { same_content: true },
    })
    const changed = { ...sampleVersion('p', '1.0.0'), parent_version: '0.1.0' }
    await expect(other.saveVersion(changed)).rejects.toMatchObject({
      context: { same_content: false },
    })
    await other.saveVersion(sampleVersion('p', '1.0.0'), { ifSame: 'accept' })
    expect(await filesIn(dir)).not.toContain('1.0.0.json')
    expect(await other.deleteVersion('p', '1.0.0')).toBe(true)
    expect(await other.deleteVersion('p', '1.0.0')).toBe(false)
    await other.saveVersion(changed)
    expect((await storage.getVersion('p', '1.0.0'))?.parent_version).toBe('0.1.0')
  })

  it('goes to the trash and back', async () => {
    const { storage, dir } = await filled({ enableTrash: true })
    const text = await readFile(join(dir, 'p/1.0.0.json'))
    await storage.compress()
    expect(await storage.deleteVersion('p', '1.0.0')).toBe(true)
    const [trashed] = await storage.listTrash('p')
    expect(trashed).toMatchObject({ prompt_id: 'p', version: '1.0.0' })
    expect(trashed?.path).toMatch(/\.json\.gz$/)
    expect((await storage.verify()).findings).toEqual([])
    await storage.decompress()
    expect((await markOf(dir)).requires).toContain('gzip')
    expect(await storage.restoreVersion('p', '1.0.0')).toBe(true)
    expect((await readFile(join(dir, 'p/1.0.0.json'))).equals(text)).toBe(true)
    await storage.decompress()
    expect((await markOf(dir)).requires).not.toContain('gzip')
  })

  it('is not reported as a change, in this process and in others', async () => {
    const { storage, dir } = await filled()
    await using other = await FileSystemStorage.open({ storageDir: dir, minFreeMb: 0 })
    const names = await other.listVersionNames('p')
    const changes = [storage.watch(), other.watch()]
    await storage.compress()
    await storage.saveVersion(sampleVersion('p', '3.0.0'))
    for (const one of changes)
      expect((await one.next()).value).toMatchObject({ kind: 'save', version: '3.0.0' })
    expect(await other.listVersionNames('p')).toEqual([...names, '3.0.0'])
  })

  it('has errors with codes for files that cannot be unpacked, which repair puts aside', async () => {
    const { storage, dir } = await filled({ useCache: false })
    await storage.compress()
    await writeFile(join(dir, 'p/1.0.0.json.gz'), 'not gzip')
    await writeFile(join(dir, 'p/1.0.1.json.gz'), gzipSync('not JSON'))
    await expect(storage.getVersion('p', '1.0.0')).rejects.toMatchObject({
      code: 'FS-LOAD-001',
      context: { reason: 'compression', path: 'p/1.0.0.json.gz' },
    })
    await expect(storage.readRaw('p', '1.0.0')).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    await expect(storage.getVersion('p', '1.0.1')).rejects.toMatchObject({
      context: { reason: 'json' },
    })
    expect((await storage.listVersions('p')).map(({ version }) => version)).toEqual([
      '1.1.0',
      '2.0.0',
    ])
    expect((await storage.decompress()).skipped).toHaveLength(2)
    expect((await markOf(dir)).requires).toContain('gzip')
    const { findings } = await storage.verify({ repair: true })
    expect(findings.map(({ kind, path, repaired }) => [kind, path, repaired])).toEqual([
      ['damaged-compression', 'p/1.0.0.json.gz', true],
      ['damaged-json', 'p/1.0.1.json.gz', true],
    ])
    expect(await storage.listVersionNames('p')).toEqual(['1.1.0', '2.0.0'])
  })

  it('has a finding for a version that another program has put into both forms', async () => {
    const { storage, dir } = await filled({ useCache: false })
    await storage.compress()
    const at = (name: string): string => join(dir, 'p', name)
    await writeFile(at('1.0.0.json'), gunzipSync(await readFile(at('1.0.0.json.gz'))))
    await copyFile(at('1.1.0.json.gz'), at('1.0.1.json.gz'))
    await writeFile(at('1.0.1.json'), gunzipSync(await readFile(at('1.1.0.json.gz'))))
    await storage.rebuildIndex()
    expect(await storage.listVersionNames('p')).toEqual(VERSIONS)
    const { findings } = await storage.verify({ repair: true })
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'duplicate', path: 'p/1.0.0.json.gz', repaired: true }),
    )
    expect(await filesIn(dir)).toContain('1.0.0.json')
    expect(await filesIn(dir)).not.toContain('1.0.0.json.gz')
    expect(await storage.listVersionNames('p')).toContain('1.0.0')
    await copyFile(at('1.1.0.json.gz'), at('1.1.0.json'))
    await storage.deleteVersion('p', '1.1.0')
    expect((await filesIn(dir)).filter((name) => name.startsWith('1.1.0'))).toEqual([])
  })

  it('is found again when the mark is lost', async () => {
    const { storage, dir } = await filled()
    await storage.compress()
    await storage.close()
    const { rm } = await import('node:fs/promises')
    await rm(join(dir, '.metadata.json'))
    await using again = await FileSystemStorage.open({ storageDir: dir, minFreeMb: 0 })
    expect(await again.listVersions('p')).toHaveLength(4)
    expect((await markOf(dir)).requires).toContain('gzip')
  })
})
