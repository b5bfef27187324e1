import { mkdir, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  chainTo,
  decodeManifest,
  findBackups,
  foldChain,
  nameBackups,
  readLastChain,
} from '../../../../src/engine/backup/backup-chain.js'
import { DiskError } from '../../../../src/disk/disk-error.js'
import { interceptedDisk } from '../../../support/intercepted-disk.js'
import { openBackups } from '../../../../src/engine/backup/backup-place.js'
import { resolveSourceOptions } from '../../../../src/engine/backup/backup-options.js'
import {
  encodeFile,
  encodeRemoved,
  encodeSummary,
  sealManifest,
} from '../../../../src/format/backup-manifest.js'
import { bytes, placesOf } from './support.js'

const summary = (sequence: number) => ({
  sequence,
  previous: null,
  lsn: 1,
  at: '2026-11-29T21:00:00.000Z',
  linked: false,
  store: { kind: 'directory', created_at: '' },
  files: 1,
  bytes: 1,
  lost: { files: [], omitted: 0 },
  left_out: [],
  left_out_omitted: 0,
})

function sealed(text: string): Uint8Array {
  return bytes(text + sealManifest(createHash('sha256').update(text).digest('hex')))
}

const line = encodeFile({ path: 'a', bytes: 1, sha256: 'ab'.repeat(32), run: 1 }, 1)

describe('the chain of a backup', () => {
  it('begins with a full one, and adds up to the state of the last', async () => {
    const { directory, to } = await placesOf()
    await directory.backup(to)
    await directory.commit([{ kind: 'remove', path: 'long' }])
    await directory.backup(to)
    await directory.backup(to, { full: true })
    await mkdir(join(to, '000009-20260101T000000Z'))
    await mkdir(join(to, 'other'))
    const volume = await openBackups(to, resolveSourceOptions({}, 'test'))
    const { backups, unfinished, lastSequence } = await findBackups(volume)
    await volume.close()
    expect(unfinished).toEqual(['000009-20260101T000000Z'])
    expect(lastSequence).toBe(9)
    const chain = chainTo(backups, 2)
    expect(chain.map(({ sequence }) => sequence)).toEqual([1, 2])
    expect(chainTo(backups, 3)).toHaveLength(1)
    const state = await foldChain(chain)
    expect([...state.keys()].sort()).toEqual([
      '.holdfast.json',
      'a/b/two.txt',
      'a/one.txt',
      'empty',
    ])
    expect(state.get('a/one.txt')?.run).toBe(1)
  })

  it('is broken by a backup that is missing, damaged or another one', async () => {
    const { directory, to } = await placesOf()
    const first = await directory.backup(to)
    await directory.backup(to)
    const read = async () => {
      const volume = await openBackups(to, resolveSourceOptions({}, 'test'))
      const { backups } = await findBackups(volume)
      await volume.close()
      return backups
    }
    const backups = await read()
    expect(() => chainTo(backups.slice(1), 2)).toThrow(
      'Backup 2 continues backup 1, which is missing',
    )
    expect(() => chainTo(backups, 3)).toThrow('Backup 3 is missing')
    await writeFile(
      join(first.path, 'manifest.jsonl'),
      sealed(`${line}${encodeSummary(summary(1))}`),
    )
    const replaced = await read()
    expect(() => chainTo(replaced, 2)).toThrow('it is another one')
    await writeFile(join(first.path, 'manifest.jsonl'), '')
    const damaged = await read()
    expect(damaged[0]?.damage).toContain('does not end with a checksum')
    expect(() => chainTo(damaged, 1)).toThrow('Backup 1 is damaged')
  })

  it('is broken by a manifest that cannot be read, and not known while the disk gives no answer', async () => {
    const { directory, to } = await placesOf()
    await directory.backup(to)
    const read = async (code: string) => {
      const disk = interceptedDisk((real) => ({
        read: async (path, maxBytes) =>
          path.endsWith('manifest.jsonl')
            ? await Promise.reject(new DiskError(code, 'openat', path))
            : await real.read(path, maxBytes),
      }))
      const volume = await openBackups(to, resolveSourceOptions({ disk }, 'test'))
      try {
        return await findBackups(volume)
      } finally {
        await volume.close()
      }
    }
    const { backups } = await read('EIO')
    expect(() => chainTo(backups, 1)).toThrow(
      expect.objectContaining({ code: 'FS-LOAD-001', cause: expect.any(DiskError) as unknown }),
    )
    for (const code of ['EMFILE', 'ETIMEDOUT'])
      await expect(read(code)).rejects.toMatchObject({ code })
  })
})

describe('the chain that the next backup continues', () => {
  it('is that of the last one of its kind, and nothing else is read', async () => {
    const { directory, to } = await placesOf()
    const old = await directory.backup(to)
    await directory.backup(to, { full: true })
    await directory.backup(to, { snapshot: true })
    await directory.commit([{ kind: 'remove', path: 'long' }])
    await directory.backup(to)
    await directory.backup(to, { snapshot: true })
    await mkdir(join(to, '000009-20260101T000000Z'))
    // It would be damage, if it was read.
    await writeFile(join(old.path, 'manifest.jsonl'), '')
    const volume = await openBackups(to, resolveSourceOptions({}, 'test'))
    const { backups, unfinished, lastSequence } = await nameBackups(volume)
    expect(backups.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5])
    expect([unfinished, lastSequence]).toEqual([['000009-20260101T000000Z'], 9])
    const chainOf = async (named: typeof backups, linked: boolean) =>
      (await readLastChain(volume, named, linked)).map(({ sequence }) => sequence)
    expect(await chainOf(backups, false)).toEqual([2, 4])
    expect(await chainOf(backups, true)).toEqual([3, 5])
    expect(await chainOf(backups.slice(1, 2), true)).toEqual([])
    // As far as it can be read.
    expect(await chainOf(backups.slice(2), false)).toEqual([4])
    expect(await chainOf(backups.slice(0, 1), false)).toEqual([1])
    await volume.close()
  })
})

describe('a manifest', () => {
  it('is refused when a byte has changed, a path comes twice, or it is of another backup', async () => {
    const whole = sealed(`${line}${encodeSummary(summary(1))}`)
    expect((await decodeManifest(whole, 1)).manifest.files.size).toBe(1)
    const changed = Uint8Array.from(whole)
    changed[10] = 0x41
    await expect(decodeManifest(changed, 1)).rejects.toThrow('checksum does not match')
    const twice = sealed(`${line}${line}${encodeSummary(summary(1))}`)
    await expect(decodeManifest(twice, 1)).rejects.toThrow('names "a" twice')
    const gone = encodeRemoved('a')
    for (const lines of [`${line}${gone}`, `${gone}${line}`, `${gone}${gone}`]) {
      const both = sealed(`${lines}${encodeSummary(summary(1))}`)
      await expect(decodeManifest(both, 1)).rejects.toThrow('names "a" twice')
    }
    await expect(decodeManifest(whole, 2)).rejects.toThrow('that of another backup')
  })
})
