import { cp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DiskError } from '../../../../src/disk/disk-error.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { subscribe } from '../../../../src/base/channels.js'
import { Store } from '../../../../src/engine/store.js'
import type { LoggedChange } from '../../../../src/engine/journal/dirty-log.js'
import type { ChangeListener } from '../../../../src/engine/journal/feed.js'
import { IndexKeeper } from '../../../../src/versions/file-system/index-keeper.js'
import { StoreLayout } from '../../../../src/versions/file-system/store-layout.js'
import { openStore } from '../../../proof/faults/support.js'
import { tempDirectory } from '../../../support/temp.js'
import { Peer } from '../../../proof/processes/peers.js'
import { gate, interceptedDisk } from '../../../support/intercepted-disk.js'

/** Too long for a directory name: a file names whose directory it is. */
const LONG = 'long-'.repeat(45)

describe('a store that was closed', () => {
  it('opens with its index file, for the first process and the next, and reads no prompt’s directory', async () => {
    const storageDir = await closedStore()
    const listed: string[] = []
    const disk = interceptedDisk((real) => ({
      list: async (path) => {
        listed.push(path)
        return await real.list(path)
      },
    }))
    await using again = await openStore(storageDir, { disk })
    await using beside = await openStore(storageDir, { disk })
    expect(await again.listPromptIds()).toEqual(['p', 'q'])
    expect(await beside.listVersionNames('q')).toEqual(['1.0.0'])
    expect(listed.filter((path) => path === 'p' || path === 'q')).toEqual([])
  })

  it.each(['native', 'portable'] as const)(
    'opens with its index file after the %s disk has had it open and begun a new epoch',
    async (disk) => {
      const storageDir = await closedStore()
      // The portable disk has no memory that outlives it, so each of its openings begins an epoch.
      await (await openStore(storageDir, { disk: 'portable' })).close()
      await (await openStore(storageDir, { disk })).close()
      expect(await promptsListedByOpening(storageDir)).toEqual([])
    },
  )

  it('reads the directories once when its index file is gone, and writes it, though nothing is saved', async () => {
    const storageDir = await closedStore()
    await rm(join(storageDir, '.index.json'))
    expect(await promptsListedByOpening(storageDir)).toEqual(['p', 'q'])
    expect(await promptsListedByOpening(storageDir)).toEqual([])
  })

  it('does not believe an index of commits that loss of power took back, then or later', async () => {
    const storageDir = await tempDirectory()
    const first = await openStore(storageDir)
    await first.saveVersion(sampleVersion('p', '1.0.0'))
    await first.close()
    const older = join(await tempDirectory(), 'store')
    await cp(storageDir, older, { recursive: true, preserveTimestamps: true })
    const lost = await openStore(storageDir)
    await lost.saveVersion(sampleVersion('p', '1.0.1'))
    await lost.close()
    await cp(join(storageDir, '.index.json'), join(older, '.index.json'))
    await (await openStore(older)).close()
    const index = JSON.parse(await readFile(join(older, '.index.json'), 'utf8')) as unknown
    expect(index).toMatchObject({ index: { p: { versions: ['1.0.0'] } } })
  })
})

describe('a store whose process was killed', () => {
  it('opens with its index file and the journal, and reads the changed prompt’s directory only', async () => {
    const storageDir = await closedStore()
    const killed = await Peer.start({ storageDir, checkpointIdleMs: 3_600_000 })
    await killed.call('saveVersion', sampleVersion('p', '1.0.1'))
    await killed.kill()
    await using again = await openStore(storageDir)
    expect(await again.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
    expect(await again.listVersionNames('q')).toEqual(['1.0.0'])
    await letClockTick()
    await again.close()
    expect(await promptsListedByOpening(storageDir)).toEqual([])
  })
})

/** With a version of `p` and one of `q`, whose directories its index knows to be as it shows them. */
async function closedStore(): Promise<string> {
  const storageDir = await tempDirectory()
  const first = await openStore(storageDir)
  await first.saveVersion(sampleVersion('p', '1.0.0'))
  await first.saveVersion(sampleVersion('q', '1.0.0'))
  await letClockTick()
  await first.close()
  return storageDir
}

/** A directory that changed within a tick of the clock before the index was written is read again. */
async function letClockTick(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50))
}

/** Opens and closes the store. */
async function promptsListedByOpening(storageDir: string): Promise<readonly string[]> {
  const listed: string[] = []
  const disk = interceptedDisk((real) => ({
    list: async (path) => {
      listed.push(path)
      return await real.list(path)
    },
  }))
  const storage = await openStore(storageDir, { disk })
  await letClockTick()
  await storage.close()
  return listed.filter((path) => path === 'p' || path === 'q').toSorted()
}

describe('an index whose work in the background fails', () => {
  it('is rebuilt before it answers again, when the id of another process cannot be read', async () => {
    const storageDir = await tempDirectory()
    let failures = 0
    const disk = interceptedDisk((real) => ({
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

  it('is rebuilt before it answers again, when the directories cannot be read', async () => {
    const storageDir = await tempDirectory()
    let isFailing = false
    const disk = interceptedDisk((real) => ({
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
    // Enough that the frames are gone from the journal when the first store asks.
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

describe('an index that lacks what others have committed', () => {
  it('is not written at a checkpoint, and what they removed is not reported as lost', async () => {
    const storageDir = await tempDirectory()
    const options = {
      segmentBytes: 64 * 1024,
      journalBytes: 64 * 1024,
      checkpointIdleMs: 3_600_000,
    }
    let isFailing = false
    const disk = interceptedDisk((real) => ({
      list: async (path) => {
        if (isFailing && path === '') throw new DiskError('EIO', 'list', path)
        return await real.list(path)
      },
    }))
    const other = await openStore(storageDir, options)
    for (const patch of [0, 1, 2]) await other.saveVersion(sampleVersion('p', `1.0.${patch}`))
    const behind = await openStore(storageDir, { ...options, disk })
    await other.deleteVersion('p', '1.0.0')
    // Enough that the frames are gone from the journal when the first store follows it.
    for (let patch = 0; patch < 60; patch++)
      await other.saveVersion(
        sampleVersion('q', `1.0.${patch}`, { metadata: { text: 'x'.repeat(5000) } }),
      )
    await other.close()
    isFailing = true
    await behind.close()
    isFailing = false
    const again = await openStore(storageDir)
    expect(await again.listVersionNames('p')).toEqual(['1.0.1', '1.0.2'])
    expect((await again.verify()).findings).toEqual([])
    await again.close()
  })

  it('is not written while it waits to be read again', async () => {
    const storageDir = await tempDirectory()
    const first = await openStore(storageDir)
    for (const id of ['p', 'q'])
      for (const version of ['1.0.0', '1.0.1']) await first.saveVersion(sampleVersion(id, version))
    await first.close()
    const reading = gate()
    const asked = gate()
    let isHeld = false
    const disk = interceptedDisk((real) => ({
      list: async (path) => {
        if (isHeld && path === 'q') {
          asked.open()
          await reading.opened
        }
        return await real.list(path)
      },
    }))
    await using directory = await Store.open(storageDir, { disk })
    const { told, listeners, checkpoints } = toldBy(directory)
    const keeper = await keeperOf(told)
    isHeld = true
    const rechecked = keeper.recheck('q')
    await asked.opened
    // Another process removes a version, and this one does not learn of it from the journal.
    await rm(join(storageDir, 'p/1.0.0.json'))
    for (const listener of listeners) listener.reset()
    const written = Promise.all(checkpoints.map(async (write) => await write(1_000_000)))
    reading.open()
    await Promise.all([rechecked, written])
    const text = await readFile(join(storageDir, '.index.json'), 'utf8')
    const { lsn, index } = JSON.parse(text) as { lsn: number; index: Record<string, unknown> }
    expect([lsn, index['p']]).toMatchObject([1_000_000, { versions: ['1.0.1'] }])
  })
})

/** A store whose listeners and checkpoints the test calls. */
function toldBy(directory: Store): {
  readonly told: Store
  readonly listeners: ChangeListener[]
  readonly checkpoints: ((lsn: number) => Promise<void>)[]
} {
  const listeners: ChangeListener[] = []
  const checkpoints: ((lsn: number) => Promise<void>)[] = []
  const told = new Proxy(directory, {
    get: (target, name) => {
      if (name === 'onChange') return (listener: ChangeListener) => listeners.push(listener)
      if (name === 'onCheckpoint')
        return (write: (lsn: number) => Promise<void>) => checkpoints.push(write)
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  return { told, listeners, checkpoints }
}

async function keeperOf(told: Store, heard: string[] = []): Promise<IndexKeeper> {
  return await IndexKeeper.open(told, new StoreLayout({ foldCase: false, shardDepth: 0 }), {
    listeners: {
      changed: ({ version }) => heard.push(version),
      labelled: () => undefined,
      reset: () => undefined,
    },
    followMark: () => undefined,
    validate: false,
  })
}

describe('an index that is being read again', () => {
  it('keeps any number of changes until it is done, and applies them in their order', async () => {
    const storageDir = await tempDirectory()
    await (await openStore(storageDir)).close()
    const reading = gate()
    const asked = gate()
    let isHeld = false
    const disk = interceptedDisk((real) => ({
      list: async (path) => {
        if (isHeld && path === 'p') {
          asked.open()
          await reading.opened
        }
        return await real.list(path)
      },
    }))
    await using directory = await Store.open(storageDir, { disk })
    const { told, listeners } = toldBy(directory)
    const heard: string[] = []
    const keeper = await keeperOf(told, heard)
    isHeld = true
    const rechecked = keeper.recheck('p')
    await asked.opened
    const change = (kind: 'create' | 'remove', version: string): LoggedChange => ({
      kind,
      path: `p/${version}.json`,
      lsn: 1,
      timeMs: 0,
    })
    // More than a call takes arguments.
    const first = Array.from({ length: CHANGES }, (_, patch) => change('create', `1.0.${patch}`))
    const then = [change('remove', '1.0.7'), change('create', '2.0.0'), change('remove', '1.0.9')]
    for (const changes of [first, then]) for (const listener of listeners) listener.changed(changes)
    expect(heard).toEqual([])
    reading.open()
    await rechecked
    expect(heard.slice(-3)).toEqual(['1.0.7', '2.0.0', '1.0.9'])
    expect(heard).toHaveLength(CHANGES + 3)
    expect(keeper.index.totalVersions).toBe(CHANGES - 1)
    expect([keeper.has('p', '1.0.7'), keeper.has('p', '1.0.8'), keeper.latest('p')]).toEqual([
      false,
      true,
      '2.0.0',
    ])
  })
})

const CHANGES = 300_000
