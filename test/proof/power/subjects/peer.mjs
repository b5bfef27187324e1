// What others keep documents with, each with the settings that it calls durable, and the library beside them: the same
// saves of new documents, several at a time.
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { digestOf, documentOf, keyOf } from '../../crash/documents.mjs'
import { sha256 } from '../plain-files.mjs'
import { contentBytes, directoryOptions, FileSystemStorage } from './library.mjs'

const requirePeer = createRequire(new URL('../../../../bench/package.json', import.meta.url))

const OPENERS = {
  writeFile: async (directory) => await openFiles(directory, writeFile),
  'write-file-atomic': async (directory) =>
    await openFiles(directory, await load('write-file-atomic')),
  'better-sqlite3': openSqlite,
  lmdb: async (directory) => await openLmdb(directory, { overlappingSync: false }),
  'lmdb-default': async (directory) => await openLmdb(directory, {}),
  'classic-level': openLevel,
  'saves-native': async (directory, random) => await openOurs('native', directory, random),
  'saves-portable': async (directory, random) => await openOurs('portable', directory, random),
}

export function peer(name) {
  return {
    reader: name.startsWith('saves-') ? 'versions' : undefined,
    durability: 'commit',
    open: async (directory, random) => {
      const store = await OPENERS[name](directory, random)
      return {
        lane: (lane, chance) => ({ next: saves(store, lane, chance) }),
        names: async () => undefined,
        probe: async () => [],
        entries: store.entries,
        close: store.close,
      }
    },
  }
}

/** The packages that `npm ci --prefix bench` has not installed here. */
export function missingPeers() {
  return ['better-sqlite3', 'classic-level', 'lmdb', 'write-file-atomic'].filter((name) => {
    try {
      return requirePeer.resolve(name) === undefined
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error
      return true
    }
  })
}

function saves({ save, digest = (document) => sha256(textOf(document)) }, lane, random) {
  let made = 0
  return () => {
    const name = { promptId: `${lane}-${made++}`, version: '1.0.0' }
    const document = documentOf({ ...name, salt: lane, textBytes: contentBytes(random) })
    return {
      changes: [[keyOf(name.promptId, name.version), digest(document)]],
      act: async () => await save(document),
    }
  }
}

function textOf(document) {
  return JSON.stringify(document, null, 2)
}

function keyOfDocument({ prompt_id, version }) {
  return keyOf(prompt_id, version)
}

/** Keys and texts to keys and digests. */
function digests(texts) {
  return [...texts].map(([key, text]) => [key, sha256(text)])
}

async function openOurs(disk, storageDir, random) {
  const options = { storageDir, ...directoryOptions({ disk }, random), minFreeMb: 0 }
  const storage = await FileSystemStorage.open(options)
  return {
    save: async (document) => await storage.saveVersion(document),
    digest: digestOf,
    close: async () => await storage.close(),
  }
}

async function openFiles(directory, write) {
  await mkdir(directory, { recursive: true })
  return {
    save: async (document) =>
      await write(join(directory, `${document.prompt_id}.json`), textOf(document)),
    entries: async () => {
      const names = (await readdir(directory)).filter((name) => name.endsWith('.json'))
      const texts = names.map(async (name) => {
        const key = keyOf(name.slice(0, -'.json'.length), '1.0.0')
        return [key, await readFile(join(directory, name))]
      })
      return digests(await Promise.all(texts))
    },
    close: async () => {},
  }
}

async function openSqlite(directory) {
  const Sqlite = await load('better-sqlite3')
  const database = new Sqlite(join(directory, 'versions.db'))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE IF NOT EXISTS versions (key TEXT PRIMARY KEY, body TEXT)')
  const insert = database.prepare('INSERT INTO versions VALUES (?, ?)')
  const all = database.prepare('SELECT key, body FROM versions')
  return {
    save: async (document) => void insert.run(keyOfDocument(document), textOf(document)),
    entries: async () => digests(all.all().map(({ key, body }) => [key, body])),
    close: async () => void database.close(),
  }
}

async function openLmdb(path, options) {
  const { open } = await loadModule('lmdb')
  const database = open({ path, ...options })
  return {
    save: async (document) => void (await database.put(keyOfDocument(document), textOf(document))),
    entries: async () =>
      digests([...database.getRange()].map(({ key, value }) => [String(key), value])),
    close: async () => await database.close(),
  }
}

async function openLevel(directory) {
  const { ClassicLevel } = await loadModule('classic-level')
  const database = new ClassicLevel(directory)
  await database.open()
  return {
    save: async (document) =>
      await database.put(keyOfDocument(document), textOf(document), { sync: true }),
    entries: async () => digests(await database.iterator().all()),
    close: async () => await database.close(),
  }
}

async function load(name) {
  return (await loadModule(name)).default
}

/** From bench/node_modules: the library itself depends on none of them. */
async function loadModule(name) {
  return await import(pathToFileURL(requirePeer.resolve(name)).href)
}
