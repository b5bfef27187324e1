import { describe, expect, it } from 'vitest'
import { DiskError } from '../../src/disk/disk-error.js'
import { sampleVersion } from '../../src/versions/conformance/subject.js'
import { subscribe } from '../../src/observe/channels.js'
import { openStore } from '../faults/support.js'
import { tempDirectory } from '../support/temp.js'
import { meddledDisk } from './meddled-disk.js'

/** Too long for a directory name: whose directory it is stands in a file. */
const LONG = 'long-'.repeat(45)

describe('an index whose work in the background fails', () => {
  it('is built anew before it answers again, when the id of another process cannot be read', async () => {
    const storageDir = await tempDirectory()
    let failures = 0
    const disk = meddledDisk((real) => ({
      read: async (path) => {
        if (!path.endsWith('/.prompt.json') || failures > 0) return await real.read(path)
        failures++
        throw new DiskError('EIO', 'read', path)
      },
    }))
    const stages: string[] = []
    const stop = subscribe('background-error', ({ stage }) => void stages.push(stage))
    try {
      const storage = await openStore(storageDir, { disk })
      const other = await openStore(storageDir)
      await other.saveVersion(sampleVersion(LONG, '1.0.0'))
      await other.saveVersion(sampleVersion('p', '1.0.0'))
      expect(await storage.listPromptIds()).toEqual([LONG, 'p'].sort())
      expect(await storage.listVersionNames(LONG)).toEqual(['1.0.0'])
      expect(await storage.getLatestVersionName('p')).toBe('1.0.0')
      expect(failures).toBe(1)
      expect(stages).toEqual(['index'])
    } finally {
      stop()
    }
  })

  it('is built anew before it answers again, when the directories cannot be read', async () => {
    const storageDir = await tempDirectory()
    let isFailing = false
    const disk = meddledDisk((real) => ({
      list: async (path) => {
        if (!isFailing || path !== '') return await real.list(path)
        isFailing = false
        throw new DiskError('EIO', 'list', path)
      },
    }))
    const options = { segmentBytes: 64 * 1024, journalBytes: 64 * 1024, checkpointIdleMs: 1 }
    const storage = await openStore(storageDir, { ...options, disk })
    const other = await openStore(storageDir, options)
    isFailing = true
    // So much that the frames are gone from the journal when the first store asks.
    for (let patch = 0; patch < 60; patch++)
      await other.saveVersion(
        sampleVersion('p', `1.0.${patch}`, { metadata: { text: 'x'.repeat(5000) } }),
      )
    await other.getStorageStats()
    await other.close()
    expect(await storage.listVersionNames('p')).toHaveLength(60)
    expect(isFailing).toBe(false)
  })
})
