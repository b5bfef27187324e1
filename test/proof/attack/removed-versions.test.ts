import { execFile } from 'node:child_process'
import { cp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import type { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { openStore } from '../faults/support.js'
import { Peer } from '../processes/peers.js'
import { tempDirectory } from '../../support/temp.js'
import { closedStore, letClockTick, LONG } from './closed-store.js'

const run = promisify(execFile)

describe('what another program removes from a closed store', () => {
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

describe('what another program changes while the store is open', () => {
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

describe('what another program has removed', () => {
  it.each([
    [
      'is read whole',
      async (storageDir: string) => {
        await rm(join(storageDir, 'p', '1.0.1.json'))
        await (await openStore(storageDir, { validateIndexOnLoad: true })).close()
      },
    ],
    [
      'is open, and its index is built again',
      async (storageDir: string) => {
        const storage = await openStore(storageDir)
        await rm(join(storageDir, 'p', '1.0.1.json'))
        await storage.rebuildIndex()
        await storage.close()
      },
    ],
    [
      'is written to without an index',
      async (storageDir: string) => {
        await rm(join(storageDir, 'p', '1.0.1.json'))
        const bare = await openStore(storageDir, { useIndex: false })
        await bare.saveVersion(sampleVersion('r', '1.0.0'))
        await bare.saveVersion(sampleVersion(LONG, '1.0.0'))
        await bare.deleteVersion('q', '1.0.0')
        await bare.close()
      },
    ],
  ])('stays known when the store %s', async (_, open) => {
    const storageDir = await closedStore({ p: ['1.0.0', '1.0.1'], q: ['1.0.0', '1.0.1'] })
    await open(storageDir)
    for (let opening = 0; opening < 2; opening++) {
      await using storage = await openStore(storageDir)
      expect(await lostPaths(storage)).toEqual(['p/1.0.1.json'])
    }
  })

  it('is accepted by the repair that takes it out of the index of an open store', async () => {
    const storageDir = await closedStore({ p: ['1.0.0', '1.0.1'] })
    const storage = await openStore(storageDir)
    await rm(join(storageDir, 'p', '1.0.1.json'))
    const { findings } = await storage.verify({ repair: true })
    expect(findings).toMatchObject([{ kind: 'missing-file', path: 'p/1.0.1.json', repaired: true }])
    expect((await storage.verify()).findings).toEqual([])
    await storage.close()
    await using again = await openStore(storageDir)
    expect((await again.verify()).findings).toEqual([])
  })
})

describe.each([
  ['native', {}],
  ['native', { enableSharding: true }],
  ['portable', {}],
] as const)('a directory of prompts that is replaced, on the %s disk with %o', (disk, options) => {
  it.each([
    [
      'a link to where it is now',
      async (moved: string, path: string) => await symlink(moved, path),
    ],
    ['a file', async (_: string, path: string) => await writeFile(path, 'x')],
    ['a FIFO', async (_: string, path: string) => await run('mkfifo', [path])],
  ])('by %s, is damage, and leaves the rest readable', async (_, plant) => {
    const storageDir = await closedStore({ p: ['1.0.0'], q: ['1.0.0'] }, { ...options, disk })
    const first = await openStore(storageDir, { disk })
    const lost = relative(storageDir, first.pathOf('p', '1.0.0'))
    await first.close()
    const [top = ''] = lost.split('/')
    const moved = join(await tempDirectory(), 'moved')
    await run('mv', [join(storageDir, top), moved])
    await plant(moved, join(storageDir, top))
    for (const repair of [false, true, false]) {
      await using storage = await openStore(storageDir, { disk })
      expect(await storage.listPromptIds()).toEqual(['q'])
      expect(await storage.getVersion('q', '1.0.0')).toEqual(sampleVersion('q', '1.0.0'))
      expect((await storage.verify({ repair })).findings).toMatchObject([
        { kind: 'lost-file', path: lost, repaired: false },
        { kind: 'not-a-directory', path: top, repaired: false },
      ])
    }
    await rm(join(storageDir, top))
    await run('mv', [moved, join(storageDir, top)])
    await using storage = await openStore(storageDir, { disk })
    expect(await storage.listPromptIds()).toEqual(['p', 'q'])
    expect((await storage.verify()).findings).toEqual([])
  })

  it('while the store is open, is damage as well', async () => {
    const storageDir = await closedStore({ p: ['1.0.0'], q: ['1.0.0'] }, { ...options, disk })
    await using storage = await openStore(storageDir, { disk })
    const lost = relative(storageDir, storage.pathOf('p', '1.0.0'))
    const [top = ''] = lost.split('/')
    await run('mv', [join(storageDir, top), join(await tempDirectory(), 'moved')])
    await writeFile(join(storageDir, top), 'x')
    expect((await storage.verify()).findings).toMatchObject([
      { kind: 'not-a-directory', path: top },
      { kind: 'missing-file', path: lost },
    ])
  })
})

describe('the file with the id of a prompt', () => {
  it('that is replaced by a link, is told by verify, and keeps nothing shut', async () => {
    const storageDir = await closedStore({ [LONG]: ['1.0.0'], q: ['1.0.0'] })
    const [name = ''] = (await readdir(storageDir)).filter((each) => each.startsWith('~'))
    await rm(join(storageDir, '.index.json'))
    await rm(join(storageDir, name, '.prompt.json'))
    await symlink('/etc/hostname', join(storageDir, name, '.prompt.json'))
    await using storage = await openStore(storageDir)
    expect(await storage.listPromptIds()).toEqual([LONG, 'q'])
    expect((await storage.verify()).findings).toMatchObject([{ kind: 'missing-id', path: name }])
  })
})

async function lostPaths(storage: FileSystemStorage): Promise<readonly string[]> {
  const { findings } = await storage.verify()
  return findings
    .filter(({ kind }) => kind === 'lost-file')
    .map(({ path }) => path)
    .sort()
}
