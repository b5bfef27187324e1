import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listBackupsIn, verifyBackupsIn } from '../../../../src/engine/backup/verify-backups.js'
import { bytes, placesOf } from './support.js'

describe('verification of backups', () => {
  it('finds nothing in whole ones, and describes them', async () => {
    const { directory, to } = await placesOf()
    const first = await directory.backup(to)
    await directory.commit([{ kind: 'create', path: 'new', bytes: bytes('new') }])
    await directory.backup(to)
    const report = await verifyBackupsIn(to, undefined)
    expect(report).toMatchObject({ ok: true, checked_files: 6, findings: [] })
    expect(report.backups).toEqual(await listBackupsIn(to, {}))
    expect(report.backups).toMatchObject([
      { sequence: 1, full: true, files: 5, at: first.at, lsn: first.lsn },
      { sequence: 2, full: false, files: 6, snapshot: false },
    ])
  })

  it('names each damaged file with what is wrong', async () => {
    const { directory, to } = await placesOf()
    const { path } = await directory.backup(to)
    await writeFile(join(path, 'files', 'a', 'one.txt'), 'eno')
    await writeFile(join(path, 'files', 'long'), 'short')
    await rm(join(path, 'files', 'empty'))
    await mkdir(join(path, 'files', 'empty'))
    await rm(join(path, 'files', 'a', 'b', 'two.txt'))
    const { ok, findings } = await verifyBackupsIn(to, undefined)
    expect(ok).toBe(false)
    expect(findings.map((finding) => `${finding.path} ${finding.problem}`).sort()).toEqual([
      'a/b/two.txt missing',
      'a/one.txt content',
      'empty unreadable',
      'long size',
    ])
  })

  it('reports a damaged manifest, and every backup that needs it', async () => {
    const { directory, to } = await placesOf()
    const { path } = await directory.backup(to)
    await directory.backup(to)
    await writeFile(join(path, 'manifest.jsonl'), 'x')
    const { ok, findings, backups } = await verifyBackupsIn(to, undefined)
    expect(ok).toBe(false)
    expect(findings.map(({ backup, problem }) => [backup, problem])).toEqual([
      [1, 'manifest'],
      [2, 'manifest'],
    ])
    expect(backups.map(({ damage }) => damage?.includes('damaged'))).toEqual([true, true])
  })

  it('reports surplus files and unfinished backups, which are not damage', async () => {
    const { directory, to } = await placesOf()
    const { path } = await directory.backup(to)
    await writeFile(join(path, 'files', 'surplus'), '')
    await mkdir(join(to, '000002-20260101T000000Z'))
    const { ok, findings } = await verifyBackupsIn(to, undefined)
    expect(ok).toBe(true)
    expect(findings.map(({ backup, problem }) => [backup, problem])).toEqual([
      [2, 'unfinished'],
      [1, 'surplus'],
    ])
  })

  it('is refused for a directory that has no backups, which it leaves as it is', async () => {
    const { path, to } = await placesOf()
    const refused = { code: 'FS-FORMAT-001', context: { reason: 'no_backups' } }
    await expect(verifyBackupsIn(path, undefined)).rejects.toMatchObject(refused)
    await expect(listBackupsIn(to, undefined)).rejects.toMatchObject(refused)
    await expect(readdir(to)).rejects.toThrow('ENOENT')
    await expect(listBackupsIn(to, { to: 1 } as object)).rejects.toThrow('Unknown option "to"')
  })
})
