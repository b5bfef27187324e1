// What is done while calls fail. `prepare` runs on a disk that works, `act` on one that does not; `reopen` says as what
// the directory is opened afterwards.
import { rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { copyStore } from '../../../support/copy-store.mjs'
import { keyOf, readAll, remove, save, twoVersions, versionOf } from './calls.mjs'
import { ABSENT } from './ledger.mjs'
import { leaveHalfDone } from './dead-writer.mjs'
import { MAINTENANCE } from './maintenance.mjs'

const KIB = 1024
const bytes = (text) => new TextEncoder().encode(text)
const commit = async ({ ledger }, store, contents) => {
  const known = new Set(ledger.keys)
  const operations = Object.entries(contents).map(([path, text]) =>
    text === ABSENT
      ? { kind: 'remove', path }
      : { kind: known.has(path) ? 'replace' : 'create', path, bytes: bytes(text) },
  )
  await ledger.change(`commit ${Object.keys(contents).join()}`, contents, () =>
    store.commit(operations),
  )
}

/** `shared`: several processes use the store, which the portable disk refuses. After the faults, `complete` runs before
 * the store is opened again, and `repeat` after it: what did not succeed must succeed then.
 * @type {Record<string, { files?: true, shared?: true, prepare(stage): Promise<any>, act(stage, prepared): Promise<any>,
 *   complete?(stage): Promise<any>, repeat?(stage, store): Promise<any> }>} */
export const SCENARIOS = {
  ...MAINTENANCE,
  'open-new': {
    prepare: async () => undefined,
    act: async (stage) => {
      const store = await stage.tryOpen(() => stage.storage())
      if (store !== undefined) await save(stage, store, versionOf('p', '1.0.0'))
    },
  },
  'open-again': {
    prepare: async (stage) => {
      await twoVersions(stage)
      await stage.closeAll()
    },
    act: async (stage) => {
      const store = await stage.tryOpen(() => stage.storage())
      if (store !== undefined) await readAll(stage, store)
    },
  },
  read: {
    prepare: twoVersions,
    act: readAll,
  },
  save: {
    prepare: twoVersions,
    act: async (stage, store) => {
      await save(stage, store, versionOf('p', '1.0.2'))
      await save(stage, store, versionOf('q'.repeat(250), '1.0.0'))
    },
  },
  'save-large': {
    prepare: twoVersions,
    act: async (stage, store) => await save(stage, store, versionOf('p', '1.0.2', 600 * KIB)),
  },
  delete: {
    prepare: async (stage) => {
      const store = await twoVersions(stage)
      await save(stage, store, versionOf('q', '1.0.0'))
      return store
    },
    act: async (stage, store) => {
      await remove(stage, store, 'p', '1.0.0')
      await remove(stage, store, 'q', '1.0.0')
    },
  },
  trash: {
    prepare: async (stage) => {
      const store = await twoVersions(stage, { enableTrash: true })
      await save(stage, store, versionOf('q', '1.0.0'))
      await remove(stage, store, 'q', '1.0.0')
      return store
    },
    act: async (stage, store) => {
      await remove(stage, store, 'p', '1.0.0')
      const back = versionOf('q', '1.0.0')
      await stage.ledger.change('restore q', { 'q@1.0.0': JSON.stringify(back) }, () =>
        store.restoreVersion('q', '1.0.0'),
      )
    },
  },
  batch: {
    prepare: twoVersions,
    act: async (stage, store) => {
      const together = ['2.0.0', '2.0.1', '2.0.2'].map((version) => versionOf('p', version))
      const contents = Object.fromEntries(
        together.map((document) => [keyOf(document), JSON.stringify(document)]),
      )
      await Promise.all([
        save(stage, store, versionOf('a', '1.0.0')),
        stage.ledger.change('save three', contents, () => store.saveVersions(together)),
        save(stage, store, versionOf('b', '1.0.0')),
        remove(stage, store, 'p', '1.0.0'),
      ])
    },
  },
  transaction: {
    files: true,
    prepare: async (stage) => {
      const store = await stage.files()
      await commit(stage, store, { alice: '100', bob: '0', carol: 'c', 'deep/er': 'd' })
      return store
    },
    act: async (stage, store) => {
      await commit(stage, store, { alice: '70', bob: '30', carol: ABSENT, 'far/away/dave': 'd' })
      await commit(stage, store, { erin: 'e' })
    },
  },
  checkpoint: {
    files: true,
    prepare: async (stage) => {
      const store = await stage.files()
      for (const name of ['a', 'b', 'c/d']) await commit(stage, store, { [name]: name })
      return store
    },
    act: async (stage, store) => {
      await stage.ledger.attempt('checkpoint', () => store.checkpoint())
      await commit(stage, store, { after: 'x' })
      await stage.ledger.attempt('checkpoint again', () => store.checkpoint())
    },
  },
  'big-checkpoint': {
    files: true,
    prepare: async (stage) => {
      const store = await stage.files()
      const many = Array.from({ length: 300 }, (_, at) => [`f${at}`, `${at}`])
      for (let from = 0; from < 300; from += 100)
        await commit(stage, store, Object.fromEntries(many.slice(from, from + 100)))
      return store
    },
    act: async (stage, store) => {
      await stage.ledger.attempt('checkpoint', () => store.checkpoint())
      await commit(stage, store, { after: 'x' })
    },
  },
  roll: {
    prepare: twoVersions,
    act: async (stage, store) => {
      for (let patch = 2; patch < 10; patch++)
        await save(stage, store, versionOf('p', `1.0.${patch}`, 12 * KIB))
    },
  },
  close: {
    prepare: async (stage) => {
      const store = await twoVersions(stage)
      await remove(stage, store, 'p', '1.0.0')
    },
    act: async (stage) => await stage.closeAll(),
  },
  recovery: {
    prepare: async (stage) => {
      const store = await twoVersions(stage, { enableTrash: true })
      await save(stage, store, versionOf('big', '1.0.0', 300 * KIB))
      await save(stage, store, versionOf('q', '1.0.0'))
      await remove(stage, store, 'p', '1.0.0')
      await dieAndLosePower(stage)
    },
    act: async (stage) => {
      const store = await stage.tryOpen(() => stage.storage())
      if (store !== undefined) await save(stage, store, versionOf('r', '1.0.0'))
    },
  },
  follow: {
    prepare: async (stage) => {
      const store = await twoVersions(stage)
      const other = await stage.storage()
      await save(stage, other, versionOf('p', '1.0.2'))
      await remove(stage, other, 'p', '1.0.0')
      return store
    },
    act: async (stage, store) => {
      await readAll(stage, store)
      await save(stage, store, versionOf('q', '1.0.0'))
    },
  },
  takeover: {
    shared: true,
    prepare: async (stage) => {
      const store = await twoVersions(stage)
      await leaveHalfDone(stage, versionOf('p', '1.0.2'), { announced: false })
      return store
    },
    act: async (stage, store) => await save(stage, store, versionOf('q', '1.0.0')),
  },
  'takeover-read': {
    shared: true,
    prepare: async (stage) => {
      const store = await twoVersions(stage)
      await leaveHalfDone(stage, versionOf('p', '1.0.2'), { announced: true })
      return store
    },
    act: readAll,
  },
}

/** A copy of a directory in use is what a killed process leaves; of its files a power cut may have taken some. */
async function dieAndLosePower(stage) {
  const image = `${stage.directory}.image`
  copyStore(stage.directory, image)
  await stage.closeAll()
  rmSync(stage.directory, { recursive: true })
  copyStore(image, stage.directory)
  rmSync(image, { recursive: true })
  rmSync(join(stage.directory, 'q'), { recursive: true })
  // It would name this process, which lives on.
  rmSync(join(stage.directory, '.owner'), { force: true })
  truncateSync(join(stage.directory, 'p', '1.0.1.json'), 0)
}
