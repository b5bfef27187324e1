// Labels, compression, resharding, backups and restores while calls fail.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FileSystemStorage, verifyBackups } from '../../../../dist/index.js'
import { backedUp, backupNumbers, digests, storedFiles } from '../../../support/backup-reader.mjs'
import { move, readAll, remove, save, versionOf } from './calls.mjs'
import { Ledger } from './ledger.mjs'

/** Files that are not in a backup, or are another in each store. */
const OWN = new Set(['holdfast-restore.json'])
/** Enough that a compressed file is smaller. */
const FILLER = 3000
/** One whose directory has another name, and a file that says the id. */
const LONG = 'long '.repeat(60)

/** Two prompts with versions and labels, and a prompt whose name does not fit a directory. */
async function labelledStore(stage, options) {
  const store = await stage.storage(options)
  for (const version of ['1.0.0', '1.0.1', '1.0.2'])
    await save(stage, store, versionOf('p', version, FILLER))
  for (const version of ['1.0.0', '1.0.1'])
    await save(stage, store, versionOf(LONG, version, FILLER))
  await move(stage, store, { p: { production: '1.0.0' } })
  await move(stage, store, { [LONG]: { production: '1.0.0' } })
  return store
}

/** Stores and backups below one directory; the backups there are of two moments. */
async function backedUpStore(stage) {
  const root = stage.directory
  stage.directory = join(root, 'store')
  const backups = join(root, 'backups')
  const store = await labelledStore(stage, { enableTrash: true })
  await store.backup(backups)
  return { root, backups, store }
}

/** @type {Record<string, import('./scenarios.mjs').Scenario>} */
export const MAINTENANCE = {
  label: {
    prepare: labelledStore,
    act: async (stage, store) => {
      await move(stage, store, { p: { production: '1.0.1' } })
      await move(stage, store, { p: { both: '1.0.2' }, [LONG]: { both: '1.0.1' } })
      await save(stage, store, versionOf('q', '1.0.0'))
      await move(stage, store, { q: { first: '1.0.0' } })
      // Refused where the label has not left it.
      await remove(stage, store, 'p', '1.0.0')
    },
    repeat: async (stage, store) => {
      await move(stage, store, { p: { again: '1.0.2' }, [LONG]: { again: '1.0.0' } })
    },
  },
  compress: {
    prepare: labelledStore,
    act: async (stage, store) => {
      await stage.ledger.attempt('compress', async () => await store.compress())
      await readAll(stage, store)
      await save(stage, store, versionOf('p', '1.0.3'))
    },
    repeat: compressAgain,
  },
  decompress: {
    prepare: async (stage) => {
      const store = await labelledStore(stage)
      await store.compress()
      return store
    },
    act: async (stage, store) => {
      await stage.ledger.attempt('decompress', async () => await store.decompress())
      await readAll(stage, store)
      await save(stage, store, versionOf('p', '1.0.3'))
    },
    repeat: compressAgain,
  },
  reshard: {
    prepare: labelledStore,
    act: async (stage, store) => {
      await stage.ledger.attempt('reshard', async () => await store.reshard({ depth: 1 }))
      await readAll(stage, store)
      await save(stage, store, versionOf('p', '1.0.3'))
      await move(stage, store, { p: { after: '1.0.1' } })
    },
    repeat: async (stage, store) => {
      for (const depth of [1, 0]) {
        await store.reshard(depth === 0 ? { enabled: false } : { depth })
        const { resharding, sharding } = markOf(stage)
        if (resharding !== undefined || sharding.depth !== depth)
          stage.ledger.violations.push(`after resharding, the mark has ${JSON.stringify(sharding)}`)
        await stage.look(`after resharding to depth ${depth}`)
      }
    },
  },
  backup: {
    prepare: async (stage) => {
      const prepared = await backedUpStore(stage)
      const { store } = prepared
      await save(stage, store, versionOf('p', '1.0.3', FILLER))
      await move(stage, store, { p: { production: '1.0.3' } })
      await remove(stage, store, 'p', '1.0.0')
      return prepared
    },
    act: async (stage, { store, backups }) => {
      await stage.ledger.attempt('backup', async () => await store.backup(backups))
      await stage.ledger.attempt('full', async () => await store.backup(backups, { full: true }))
      await save(stage, store, versionOf('q', '1.0.0'))
    },
    repeat: async (stage, store) => {
      const root = join(stage.directory, '..')
      const backups = join(root, 'backups')
      // Each that is there is whole, whether it was acknowledged or not.
      for (const number of backupNumbers(backups)) backedUp(backups, number)
      const { sequence } = await store.backup(backups)
      expectSame(stage, 'a backup after the faults', backedUp(backups, sequence).contents)
      const { findings } = await verifyBackups(backups)
      if (findings.length > 0)
        stage.ledger.violations.push(`verifyBackups found ${JSON.stringify(findings)}`)
      const to = join(root, 'restored')
      await FileSystemStorage.restore(backups, { to })
      expectSame(stage, 'the store restored from it', storedFiles(to))
      rmSync(to, { recursive: true })
      expectOnly(stage, ['backups', 'store'])
    },
  },
  restore: {
    prepare: async (stage) => {
      const { root, backups, store } = await backedUpStore(stage)
      await save(stage, store, versionOf('p', '1.0.3', FILLER))
      await move(stage, store, { p: { production: '1.0.3' } })
      await store.backup(backups)
      await stage.closeAll()
      stage.directory = join(root, 'restored')
    },
    act: async (stage) => await restore(stage),
    complete: async (stage) => await restoreAgain(stage),
  },
  'restore-as-of': {
    prepare: async (stage) => {
      const { root, backups, store } = await backedUpStore(stage)
      await save(stage, store, versionOf('p', '1.0.3', FILLER))
      await sleep(3)
      const time = new Date().toISOString()
      await sleep(3)
      const { ledger } = stage
      // What follows is not in the state of that time.
      stage.ledger = new Ledger()
      await move(stage, store, { p: { production: '1.0.3', later: '1.0.2' } })
      await remove(stage, store, 'p', '1.0.0')
      await save(stage, store, versionOf('q', '1.0.0'))
      await store.backup(backups)
      await stage.closeAll()
      ledger.refused += stage.ledger.refused
      stage.ledger = ledger
      stage.directory = join(root, 'restored')
      stage.asOf = time
    },
    act: async (stage) => await restore(stage),
    complete: async (stage) => await restoreAgain(stage),
  },
}

async function restore(stage) {
  const { disk, ioTimeoutMs } = stage.options
  const { asOf } = stage
  const options = { to: stage.directory, disk, ioTimeoutMs, ...(asOf && { asOf }) }
  const backups = join(stage.directory, '..', 'backups')
  await stage.ledger.attempt('restore', async () => {
    await FileSystemStorage.restore(backups, options)
  })
}

/** With its mark, all of the store is there; without, it is restored again. */
async function restoreAgain(stage) {
  const before = stage.ledger.refused
  if (!existsSync(join(stage.directory, '.holdfast.json'))) await restore(stage)
  // A restore that all but ended leaves it in a store that is whole.
  rmSync(join(stage.directory, 'holdfast-restore.json'), { force: true })
  if (stage.ledger.refused > before) stage.ledger.violations.push('it was not restored again')
  expectOnly(stage, ['backups', 'restored', 'store'])
}

/** Compresses all that may be, and makes it plain. */
async function compressAgain(stage, store) {
  const { ledger } = stage
  for (const call of ['compress', 'decompress']) {
    await store[call]()
    for (const [id, versions] of Object.entries(await store.indexSnapshot()))
      for (const version of call === 'compress' ? versions.slice(0, -1) : versions) {
        const path = await store.findPath(id, version)
        if (!path.endsWith(`/${version}.json${call === 'compress' ? '.gz' : ''}`))
          ledger.violations.push(`after ${call}, ${id}@${version} is at ${path}`)
      }
    await stage.look(`after ${call}`)
  }
  if (markOf(stage).requires.includes('gzip'))
    ledger.violations.push('all are plain, and the mark requires gzip')
}

function markOf(stage) {
  return JSON.parse(readFileSync(join(stage.directory, '.metadata.json'), 'utf8'))
}

/** The files are those of the store, which is open. */
function expectSame(stage, what, contents) {
  const [found, expected] = [contents, storedFiles(stage.directory)].map((files) => {
    // Its own name for each store, and what only one that was opened has.
    return digests(new Map([...files].filter(([path]) => !OWN.has(path)))).join('\n')
  })
  if (found !== expected) stage.ledger.violations.push(`${what} has ${found}, and not ${expected}`)
}

/** Nothing stays beside these. */
function expectOnly(stage, names) {
  // Where a directory could not be removed, an error has named it.
  const { named } = stage.ledger
  const more = readdirSync(join(stage.directory, '..')).filter(
    (name) => !names.includes(name) && !named.some((path) => path.endsWith(`/${name}`)),
  )
  if (more.length > 0) stage.ledger.violations.push(`left behind: ${more.join()}`)
}
