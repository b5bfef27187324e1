import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { openStore } from '../faults/support.js'
import { tempDirectory } from '../../support/temp.js'
import { Peer } from './peers.js'

describe('a save that is repeated in another process', () => {
  it('finds the same content, and takes it for saved where that is asked for', async () => {
    const storageDir = await tempDirectory()
    const storage = await openStore(storageDir)
    const other = await Peer.start({ storageDir })
    const versions = ['1.0.0', '1.0.1'].map((version) => sampleVersion('p', version))
    await other.call('saveVersion', versions[0])
    await expect(storage.saveVersions(versions)).rejects.toMatchObject({
      code: 'OPT-VER-001',
      version: '1.0.0',
      sameContent: true,
    })
    await storage.saveVersions(versions, { ifSame: 'accept' })
    await other.call('saveVersions', versions, { ifSame: 'accept' })
    const changed = sampleVersion('p', '1.0.1', { metadata: { changed: true } })
    await expect(storage.saveVersion(changed, { ifSame: 'accept' })).rejects.toMatchObject({
      sameContent: false,
    })
    expect(await storage.listVersions('p')).toEqual(versions)
  })

  it('is done once by all that race for it', async () => {
    const storageDir = await tempDirectory()
    const storage = await openStore(storageDir)
    const other = await Peer.start({ storageDir })
    for (let at = 0; at < 20; at++) {
      const version = sampleVersion('p', `1.0.${at}`)
      await Promise.all([
        storage.saveVersion(version, { ifSame: 'accept' }),
        other.call('saveVersion', version, { ifSame: 'accept' }),
        storage.saveVersion(version, { ifSame: 'accept' }),
      ])
    }
    expect((await storage.listVersionNames('p')).length).toBe(20)
  })
})
