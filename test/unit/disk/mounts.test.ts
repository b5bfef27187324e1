import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { droppingOption, parseMounts } from '../../../src/disk/mounts.js'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { subscribe } from '../../../src/base/channels.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { mountExt4, mountOverlay } from './mount.js'
import { isRoot } from './support.js'

const ROOT = '22 1 254:0 / / rw,relatime - ext4 /dev/root rw'

describe('mount options that drop flushes', () => {
  it.each([
    ['ext4', 'nobarrier'],
    ['ext4', 'barrier=0'],
    ['xfs', 'nobarrier'],
    ['btrfs', 'nobarrier'],
    ['f2fs', 'fsync_mode=nobarrier'],
    ['reiserfs', 'barrier=none'],
    ['nilfs2', 'nobarrier'],
    ['overlay', 'volatile'],
    ['overlay', 'fsync=volatile'],
    ['bcachefs', 'journal_flush_disabled'],
  ])('are told: %s with %s', (type, option) => {
    const text = `${ROOT}\n40 22 7:0 / /data rw,noatime shared:5 master:1 - ${type} /dev/x rw,${option}`
    expect(droppingOption(parseMounts(text), '/data/store')).toEqual({ type, option })
    expect(droppingOption(parseMounts(text), '/database')).toBeUndefined()
  })

  it.each([
    ['ext4', 'rw,data=ordered,barrier=1'],
    ['xfs', 'rw,logbufs=8'],
    ['overlay', 'rw,lowerdir=/a,upperdir=/volatile,workdir=/nobarrier'],
    ['ext4', 'rw,volatile'],
  ])('are none of the usual ones: %s with %s', (type, options) => {
    const text = `${ROOT}\n40 22 7:0 / /data rw - ${type} /dev/x ${options}`
    expect(droppingOption(parseMounts(text), '/data')).toBeUndefined()
  })

  it('are found below an overlay, whose files are in another file system', () => {
    const text = [
      ROOT,
      '40 22 7:0 / /layers rw - ext4 /dev/x rw,nobarrier',
      '41 22 0:50 / /merged rw - overlay overlay rw,lowerdir=/l,upperdir=/layers/up,workdir=/layers/w',
    ].join('\n')
    expect(droppingOption(parseMounts(text), '/merged/store')).toEqual({
      type: 'ext4',
      option: 'nobarrier',
    })
  })

  it('are those of the last mount on a point, whose name may have a space in it', () => {
    const text = [
      ROOT,
      '40 22 7:0 / /my\\040data rw - ext4 /dev/x rw,nobarrier',
      '41 40 7:1 / /my\\040data rw - ext4 /dev/y rw',
    ].join('\n')
    expect(droppingOption(parseMounts(text), '/my data/store')).toBeUndefined()
    const first = text.split('\n').slice(0, 2).join('\n')
    expect(droppingOption(parseMounts(first), '/my data')?.option).toBe('nobarrier')
  })

  it('are not known where the system reports no mounts', () => {
    expect(droppingOption(parseMounts(''), '/data')).toBeUndefined()
  })
})

describe.runIf(isRoot).each(['native', 'portable'] as const)(
  'a store whose flushes are dropped (%s)',
  (disk) => {
    it.each([
      [
        'ext4 with nobarrier',
        async () => await mountExt4('nobarrier'),
        /\(ext4\) is mounted with "nobarrier"/,
      ],
      [
        'a volatile overlay',
        async () => await mountOverlay(await mountExt4(), 'volatile'),
        /\(overlay\) is mounted with "(fsync=)?volatile"/,
      ],
      [
        'an overlay on ext4 with nobarrier',
        async () => await mountOverlay(await mountExt4('nobarrier')),
        /\(ext4\) is mounted with "nobarrier"/,
      ],
    ])(
      'warns when it is opened, in its health and by its doctor: %s',
      async (_, mount, expected) => {
        const place = await mount()
        const told: string[] = []
        const stop = subscribe('warning', ({ message }) => void told.push(message))
        onTestFinished(stop)
        const path = join(place, 'directory')
        await using directory = await DurableDirectory.open(path, { disk })
        const said = expect.stringMatching(expected) as string
        expect(told).toContainEqual(said)
        expect(directory.health().capabilities.warnings).toContainEqual(said)
        const storageDir = join(place, 'versions')
        await using storage = await FileSystemStorage.open({ storageDir, disk, minFreeMb: 0 })
        expect((await storage.doctor()).problems).toContainEqual(said)
      },
    )

    it('does not warn on a file system that flushes', async () => {
      await using directory = await DurableDirectory.open(await tempDirectory(), { disk })
      expect(directory.health().capabilities.warnings.join()).not.toContain('drops flushes')
    })
  },
)
