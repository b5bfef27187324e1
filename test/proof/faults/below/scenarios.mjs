// What is done while calls fail. `prepare` runs on a disk that works, `act` on one that does not; `reopen` says as what
// the directory is opened afterwards.
import { rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { copyStore } from '../../../support/copy-store.mjs'
import { ABSENT } from './ledger.mjs'
import { leaveHalfDone } from './dead-writer.mjs'

const KIB = 1024

/** @param {string} id @param {string} version @param {number} [filler] bytes of text */
export function versionOf(id, version, filler = 20) {
  return {
    version,
    prompt_id: id,
    created_at: '2025-01-17T10:30:00.000Z',
    parent_version: null,
    metadata: { filler: 'x'.repeat(filler) },
    prompt: {
      id,
      workflow_id: 'w',
      node_id: 'n',
      node_type: 'llm',
      text: `${id} ${version}`,
      role: 'system',
      variables: [],
      context: {},
      extracted_at: '2025-01-17T10:00:00.000Z',
    },
    analysis: null,
    optimization_result: null,
  }
}

const keyOf = (document) => `${document.prompt_id}@${document.version}`
const save = async ({ ledger }, store, document) =>
  await ledger.change(
    `save ${keyOf(document)}`,
    { [keyOf(document)]: JSON.stringify(document) },
    () => store.saveVersion(document),
  )
const remove = async ({ ledger }, store, id, version) =>
  await ledger.change(`delete ${id}@${version}`, { [`${id}@${version}`]: ABSENT }, () =>
    store.deleteVersion(id, version),
  )

/** A store with two versions of p. */
async function twoVersions(stage, options) {
  const store = await stage.storage(options)
  await save(stage, store, versionOf('p', '1.0.0'))
  await save(stage, store, versionOf('p', '1.0.1'))
  return store
}

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

/** Reads each version, and all at once: what is answered must be right. */
async function readAll(stage, store) {
  const { ledger } = stage
  for (const key of ledger.keys) {
    const [id, version] = key.split('@')
    await ledger.attempt(`read ${key}`, async () => {
      const found = await store.getVersion(id, version)
      ledger.see(`read ${key}`, key, found && JSON.stringify(found))
    })
  }
  await ledger.attempt('list p', async () => {
    const listed = new Map((await store.listVersions('p')).map((each) => [keyOf(each), each]))
    for (const key of ledger.keys.filter((name) => name.startsWith('p@')))
      ledger.see('list p', key, listed.has(key) ? JSON.stringify(listed.get(key)) : ABSENT)
  })
  await ledger.attempt('latest of p', async () => {
    const latest = await store.getLatestVersion('p')
    if (latest === undefined) ledger.violations.push('p has no latest version')
    else ledger.see('latest of p', keyOf(latest), JSON.stringify(latest))
  })
}

/** `shared`: several processes use the store, which the portable disk refuses.
 * @type {Record<string, { files?: true, shared?: true, prepare(stage): Promise<any>, act(stage, prepared): Promise<any> }>} */
export const SCENARIOS = {
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
