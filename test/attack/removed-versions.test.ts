import { execFile } from 'node:child_process'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../src/versions/conformance/subject.js'
import type { FileSystemStorage } from '../../src/versions/file-system-storage.js'
import { openStore } from '../faults/support.js'
import { Peer } from '../processes/peers.js'
import { tempDirectory } from '../support/temp.js'
import { closedStore, letClockTick } from './closed-store.js'

const run = promisify(execFile)

describe('what other hands remove from a closed store', () => {
  it('is named by verify over any number of openings, until it is accepted', async () => {
    const storageDir = await closedStore({ p: ['1.0.0', '1.0.1'], q: ['1.0.0'], r: ['1.0.0'] })
    await rm(join(storageDir, 'p', '1.0.1.json'))
    await rm(join(storageDir, 'q'), { recursive: true })
    const lost = ['p/1.0.1.json', 'q/1.0.0.json']
    for (let opening = 0; opening < 3; opening++) {
      await using storage = await openStore(storageDir)
      expect(await storage.indexSnapshot()).toEqual({ p: ['1.0.0'], r: ['1.0.0'] })
      expect(await lostPaths(storage)).toEqual(lost)
    }
    await using last = await openStore(storageDir)
    expect((await last.verify({ accept: true })).findings).toHaveLength(2)
    expect(await lostPaths(last)).toEqual([])
  })

  it('is named when the journal alone knew of it', async () => {
    const storageDir = await tempDirectory()
    const killed = await Peer.start({ storageDir, checkpointIdleMs: 3_600_000 })
    await killed.call('saveVersion', sampleVersion('p', '1.0.0'))
    await (await openStore(storageDir)).close()
    await killed.call('saveVersion', sampleVersion('p', '1.0.1'))
    await killed.kill()
    // Recovery puts back what the journal holds, so that nothing is missing.
    await rm(join(storageDir, 'p', '1.0.1.json'))
    await using storage = await openStore(storageDir)
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
    expect(await lostPaths(storage)).toEqual([])
  })

  it('leaves the list when it is put back, and is accepted by a repair', async () => {
    const storageDir = await closedStore({ p: ['1.0.0', '1.0.1'], q: ['1.0.0'] })
    const aside = join(await tempDirectory(), 'aside.json')
    await run('mv', [join(storageDir, 'p', '1.0.1.json'), aside])
    await rm(join(storageDir, 'q', '1.0.0.json'))
    const first = await openStore(storageDir)
    expect(await lostPaths(first)).toEqual(['p/1.0.1.json', 'q/1.0.0.json'])
    await first.close()
    await run('mv', [aside, join(storageDir, 'p', '1.0.1.json')])
    await using storage = await openStore(storageDir)
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
    expect(await lostPaths(storage)).toEqual(['q/1.0.0.json'])
    await storage.verify({ repair: true })
    expect(await lostPaths(storage)).toEqual([])
  })

  it('is told from what the store itself has deleted', async () => {
    const storageDir = await closedStore({ p: ['1.0.0', '1.0.1'], q: ['1.0.0'] })
    await using storage = await openStore(storageDir)
    await storage.deleteVersion('p', '1.0.1')
    await using beside = await openStore(storageDir)
    await storage.deleteVersion('q', '1.0.0')
    expect(await beside.listPromptIds()).toEqual(['p'])
    expect(await lostPaths(beside)).toEqual([])
  })
})

describe('what other hands change while the store is open', () => {
  it('in a prompt that the store has written to, is seen by the next opening', async () => {
    const other = await closedStore({ p: ['5.0.0'] })
    const storageDir = await tempDirectory()
    const storage = await openStore(storageDir)
    for (const promptId of ['p', 'q', 'r'])
      await storage.saveVersion(sampleVersion(promptId, '1.0.0'))
    await storage.saveVersion(sampleVersion('q', '1.0.1'))
    await cp(join(other, 'p', '5.0.0.json'), storage.pathOf('p', '5.0.0'))
    await rm(storage.pathOf('q', '1.0.1'))
    await rm(join(storageDir, 'r'), { recursive: true })
    await letClockTick()
    await storage.close()
    await using again = await openStore(storageDir)
    expect(await again.indexSnapshot()).toEqual({ p: ['1.0.0', '5.0.0'], q: ['1.0.0'] })
    expect((await again.getLatestVersion('p'))?.version).toBe('5.0.0')
    expect(await lostPaths(again)).toEqual(['q/1.0.1.json', 'r/1.0.0.json'])
  })

  it('is not hidden again by another process that has not seen it', async () => {
    const other = await closedStore({ p: ['5.0.0'] })
    const storageDir = await tempDirectory()
    const seeing = await openStore(storageDir)
    const blind = await openStore(storageDir)
    await seeing.saveVersion(sampleVersion('p', '1.0.0'))
    await cp(join(other, 'p', '5.0.0.json'), seeing.pathOf('p', '5.0.0'))
    await seeing.rebuildIndex()
    await blind.saveVersion(sampleVersion('p', '1.0.1'))
    await letClockTick()
    await seeing.close()
    await blind.close()
    await using again = await openStore(storageDir)
    expect(await again.listVersionNames('p')).toEqual(['1.0.0', '1.0.1', '5.0.0'])
  })
})

async function lostPaths(storage: FileSystemStorage): Promise<readonly string[]> {
  const { findings } = await storage.verify()
  return findings
    .filter(({ kind }) => kind === 'lost-file')
    .map(({ path }) => path)
    .sort()
}
