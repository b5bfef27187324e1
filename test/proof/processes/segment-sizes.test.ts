import { describe, expect, test } from 'vitest'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { documentOf } from './document.mjs'
import { Peer } from './peers.js'

const KIB = 1024
const LARGE = 256 * KIB
const SMALL = 64 * KIB

describe('processes with different segment sizes', () => {
  test('a batch that fitted the segment is saved though another process has turned to a small one', async () => {
    const storageDir = await tempDirectory()
    await (await FileSystemStorage.open({ storageDir, segmentBytes: LARGE })).close()
    // Opened while the large segment is current: that is what a batch is measured by.
    await using storage = await FileSystemStorage.open({ storageDir, segmentBytes: SMALL })
    const other = await Peer.start({ storageDir, segmentBytes: SMALL })
    for (let made = 0; made * 20 * KIB < LARGE + SMALL; made++) {
      await other.call('save', 'other', `1.0.${made}`, 'x'.repeat(20 * KIB))
    }
    const batch = Array.from({ length: 16 }, (_, at) =>
      documentOf(`p${at}`, '1.0.0', 'x'.repeat(7 * KIB)),
    )
    await storage.saveVersions(batch)
    for (const document of batch) {
      expect(await other.call('getVersion', document.prompt_id, '1.0.0')).toEqual(document)
    }
  })

  test('a store that was made with small segments takes what fits into a large one', async () => {
    const storageDir = await tempDirectory()
    const other = await Peer.start({ storageDir, segmentBytes: SMALL })
    await using storage = await FileSystemStorage.open({ storageDir, segmentBytes: LARGE })
    const batch = Array.from({ length: 25 }, (_, at) =>
      documentOf(`p${at}`, '1.0.0', 'x'.repeat(6 * KIB)),
    )
    await storage.saveVersions(batch)
    expect(await other.call('listPromptIds')).toHaveLength(25)
    await other.call('save', 'after', '1.0.0', 'text')
    expect(await storage.getVersion('after', '1.0.0')).toEqual(documentOf('after', '1.0.0', 'text'))
  })
})
