import { describe, expect, test } from 'vitest'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { documentOf } from './document.mjs'
import { Peer } from './peers.js'

const TIMES = 300
const LONG_MS = 180_000

describe.each([
  { name: 'with an index', useIndex: true },
  { name: 'without an index', useIndex: false },
])('a cache beside other processes, $name', ({ useIndex }) => {
  test(
    'never answers with what another process has deleted',
    async () => {
      const storageDir = await tempDirectory()
      await using storage = await FileSystemStorage.open({ storageDir, useIndex })
      const other = await Peer.start({ storageDir, useIndex })
      for (let time = 0; time < TIMES; time++) {
        await storage.saveVersion(documentOf('p', '1.0.0', `time ${time}`))
        expect((await storage.getVersion('p', '1.0.0'))?.prompt.text).toBe(`time ${time}`)
        expect(await other.call('deleteVersion', 'p', '1.0.0')).toBe(true)
        expect(await storage.getVersion('p', '1.0.0')).toBeUndefined()
      }
      expect(storage.cacheStats()?.hits).toBeGreaterThanOrEqual(TIMES)
    },
    LONG_MS,
  )

  test(
    'never answers with the old text of a version that another process has deleted and saved again',
    async () => {
      const storageDir = await tempDirectory()
      await using storage = await FileSystemStorage.open({ storageDir, useIndex })
      const other = await Peer.start({ storageDir, useIndex })
      for (let time = 0; time < TIMES / 2; time++) {
        await other.call('save', 'p', '1.0.0', `time ${time}`)
        expect((await storage.getVersion('p', '1.0.0'))?.prompt.text).toBe(`time ${time}`)
        expect((await storage.getLatestVersion('p'))?.prompt.text).toBe(`time ${time}`)
        expect(await storage.listVersionNames('p')).toEqual(['1.0.0'])
        await other.call('deleteVersion', 'p', '1.0.0')
      }
    },
    LONG_MS,
  )

  test(
    'never answers with what was deleted while the long id of another process is being looked up',
    async () => {
      const storageDir = await tempDirectory()
      await using storage = await FileSystemStorage.open({ storageDir, useIndex })
      const other = await Peer.start({ storageDir, useIndex })
      for (let time = 0; time < TIMES / 10; time++) {
        await storage.saveVersion(documentOf('p', '1.0.0', `time ${time}`))
        // Too long for a directory name: a file names whose directory it is.
        await other.call('save', `${'long-'.repeat(45)}${time}`, '1.0.0', 'text')
        expect(await storage.deleteVersion('p', '1.0.0')).toBe(true)
        expect(await storage.getVersion('p', '1.0.0')).toBeUndefined()
      }
      expect(await storage.listPromptIds()).toHaveLength(TIMES / 10)
    },
    LONG_MS,
  )
})
