// The stage of one case: a directory, the stores that are open on it, the ledger of what was done.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DurableDirectory, FileSystemStorage } from '../../../../dist/index.js'
import { isVersion, labelled } from './calls.mjs'
import { Ledger } from './ledger.mjs'

const OPTIONS = {
  segmentBytes: 64 * 1024,
  journalBytes: 128 * 1024,
  checkpointIdleMs: 3_600_000,
  lockTimeoutMs: 2000,
  // More than the usual umask leaves, so that modes have to be set.
  fileMode: 0o660,
}

const ASKED_AGAIN_MAX = 3

/** @typedef {{ read(key: string): Promise<string | undefined>, names(): Promise<string[] | undefined>,
 *   close(): Promise<void>, findings(): Promise<string[]> }} Reader */

export class Stage {
  /** @type {Reader[]} */
  readers = []
  ledger = new Ledger()

  /** @param {string} root where calls fail @param {object} options */
  constructor(root, options) {
    this.root = root
    /** Where the store is: there, or below. */
    this.directory = root
    this.options = { ...OPTIONS, ...options }
  }

  /** A store of versions. @param {object} [options] */
  async storage(options) {
    const store = await FileSystemStorage.open({
      storageDir: this.directory,
      minFreeMb: 0,
      useCache: false,
      ...this.options,
      ...options,
    })
    this.readers.push(readerOfStorage(store))
    return store
  }

  /** A store of plain files. @param {object} [options] */
  async files(options) {
    const store = await DurableDirectory.open(this.directory, { ...this.options, ...options })
    this.readers.push(readerOfFiles(store))
    return store
  }

  /** Opens under faults; undefined when that was refused. @template T @param {() => Promise<T>} open */
  async tryOpen(open) {
    try {
      return await open()
    } catch (error) {
      this.ledger.refusal('open', error)
      return undefined
    }
  }

  /** Reads every key through every open store. @param {string} where */
  async look(where) {
    for (const reader of this.readers) {
      const read = async (key) =>
        await answer(async () => await reader.read(key), this.ledger, where, key)
      for (const key of this.ledger.keys) this.ledger.see(where, key, await read(key))
      const names = await answer(async () => await reader.names(), this.ledger, where, 'names')
      if (names === undefined) continue
      for (const key of this.ledger.keys)
        if ((await read(key)) === undefined && names.includes(key))
          this.ledger.violations.push(`${where}: ${key} is listed and cannot be read`)
      const unknown = names.filter((name) => !this.ledger.keys.includes(name))
      if (unknown.length > 0)
        this.ledger.violations.push(`${where}: ${unknown.join()} from nowhere`)
    }
  }

  /** Closes what is open; it may fail, with a code. */
  async closeAll() {
    for (const reader of this.readers.splice(0))
      await this.ledger.attempt('close', async () => await reader.close())
  }

  /** What stayed behind in `.tmp`. */
  leftovers() {
    return readdirSync(join(this.directory, '.tmp'))
  }
}

/** With no fault left every read has to answer; what a busy machine did not answer in time is asked again. */
async function answer(work, ledger, where, what) {
  for (let left = ASKED_AGAIN_MAX; ; left--) {
    try {
      return await work()
    } catch (error) {
      if (left > 0 && error.code === 'FS-TIMEOUT-001') continue
      ledger.violations.push(`${where}: reading ${what} failed: ${String(error)}`)
      return undefined
    }
  }
}

/** @param {FileSystemStorage} store @returns {Reader} */
function readerOfStorage(store) {
  return {
    read: async (key) => {
      if (!isVersion(key)) return await labelled(store, key)
      const [id = '', version = ''] = key.split('@')
      const document = await store.getVersion(id, version)
      return document === undefined ? undefined : JSON.stringify(document)
    },
    names: async () => {
      const snapshot = await store.indexSnapshot()
      const names = Object.entries(snapshot).flatMap(([id, list]) =>
        list.map((version) => `${id}@${version}`),
      )
      for (const id of Object.keys(snapshot))
        for (const label of Object.keys((await store.readHead(id))?.labels ?? {}))
          names.push(`${id}#${label}`)
      return names
    },
    findings: async () =>
      (await store.verify()).findings.map(({ kind, path }) => `${kind} ${path}`),
    close: async () => await store.close(),
  }
}

/** @param {DurableDirectory} store @returns {Reader} */
function readerOfFiles(store) {
  return {
    read: async (key) => {
      const bytes = await store.read(key)
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
    },
    names: async () => undefined,
    findings: async () => [],
    close: async () => await store.close(),
  }
}
