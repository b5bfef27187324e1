// The stores that every later version must open: together they have every form that this version gives to a directory.
// Each writes through the package it is handed and returns what it was told is stored.
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { documentOf, named, promptFactsOf } from './documents.mjs'
import { compressed, halfResharded } from './rearranged.mjs'

export { promptFactsOf }

/** Nothing is written behind: what a killed process leaves is in its journal alone. */
const NO_CHECKPOINT = { checkpointIdleMs: 3_600_000 }
const KEY = Buffer.alloc(32, 7).toString('base64')
const OLD_KEY = 'the passphrase of a key that was replaced'
/** No server listens there: what is stored waits in the outbox. */
const OUTAGE = {
  backend: 'cloud',
  s3_bucket_name: 'away',
  s3_endpoint: 'http://127.0.0.1:9',
  s3_region: 'us-east-1',
  s3_access_key_id: 'none',
  s3_secret_access_key: 'none',
  max_retries: 0,
  timeout_seconds: 5,
}

/** By name: what to open the store with, what to write, and whether the writer is killed instead of closing. */
export const STORES = {
  'versions-closed': { options: { enableTrash: true, allowPrerelease: true }, write: everyId },
  'versions-killed': { options: { ...NO_CHECKPOINT, enableTrash: true }, write: churn, kill: true },
  'versions-killed-portable': {
    options: { ...NO_CHECKPOINT, disk: 'portable' },
    write: churn,
    kill: true,
  },
  'versions-sharded-killed': {
    options: { ...NO_CHECKPOINT, enableSharding: true, shardDepth: 3, checksums: false },
    write: churn,
    kill: true,
  },
  'versions-of-two-schemas-killed': {
    options: { ...NO_CHECKPOINT, schemaInfo: { name: 'prompts', version: 2 } },
    write: twoSchemas,
    kill: true,
  },
  'versions-labelled-closed': { options: { enableTrash: true }, write: labelled },
  'versions-labelled-killed': { options: NO_CHECKPOINT, write: labelled, kill: true },
  'versions-compressed-closed': { options: { enableTrash: true }, write: compressed },
  'versions-compressed-killed': { options: NO_CHECKPOINT, write: compressed, kill: true },
  'versions-resharding-killed': { options: NO_CHECKPOINT, write: halfResharded, kill: true },
  'versions-missing': { options: {}, write: churn, lose: join('greeting', '1.0.1.json') },
  'files-closed': { options: {}, write: everyFile },
  'files-killed': { options: {}, write: everyFile, kill: true },
  'files-killed-portable': { options: { disk: 'portable' }, write: everyFile, kill: true },
  'files-encrypted-killed': {
    options: {
      enable_encryption: true,
      encryption_key: KEY,
      encryption_key_id: 'new',
      encryption_old_keys: { old: OLD_KEY },
    },
    write: rotatedFiles,
    kill: true,
  },
  'files-versions-killed': {
    options: { keepVersions: 2 },
    write: versionedFiles,
    kill: true,
  },
  'files-outbox-killed': { options: OUTAGE, write: everyFile, kill: true },
}

/** Writes the store of that name; returns what is in it. */
export async function writeStore(name, directory, { FileSystemStorage, FileStorage }) {
  const { options, write, lose } = STORES[name]
  const opens = name.startsWith('versions-')
    ? (more = {}) => FileSystemStorage.open({ storageDir: directory, ...options, ...more })
    : (more = {}) =>
        FileStorage.open({ local_storage_path: directory, min_free_mb: 0, ...options, ...more })
  const { storage, facts } = await write(opens)
  if (!STORES[name].kill) await storage.close()
  if (lose !== undefined) {
    await rm(join(directory, lose))
    // The next opening notices it.
    const reopened = await opens()
    await reopened.close()
    const isLost = ({ prompt_id: id, version }) => join(id, `${version}.json`) === lose
    return { ...facts, documents: facts.documents.filter((one) => !isLost(one)), missing: [lose] }
  }
  return facts
}

async function everyId(open) {
  const storage = await open()
  const ids = [
    'greeting',
    'Greeting',
    'a.b-c_d',
    'über/ordner',
    '日本語',
    '..',
    'con',
    ' x ',
    'é',
    'long '.repeat(100),
  ]
  const documents = ids.map((id) => documentOf(id, '1.0.0'))
  documents.push(documentOf('greeting', '2.0.0-beta.1'), documentOf('greeting', '1.10.0'))
  documents.push(documentOf('greeting', '1.9.0', 'Long. '.repeat(10_000)))
  for (const document of documents) await storage.saveVersion(document)
  await storage.saveVersion(documentOf('greeting', '1.0.9'))
  await storage.deleteVersion('greeting', '1.0.9')
  return { storage, facts: { documents, trash: [{ prompt_id: 'greeting', version: '1.0.9' }] } }
}

async function churn(open) {
  const storage = await open()
  const kept = []
  for (let patch = 0; patch < 5; patch++) kept.push(documentOf('greeting', `1.0.${patch}`))
  await storage.saveVersions(kept)
  const single = documentOf('farewell', '3.0.0')
  await storage.saveVersion(documentOf('farewell', '2.0.0'))
  await storage.saveVersion(single)
  await storage.deleteVersion('farewell', '2.0.0')
  const trash = await storage.listTrash()
  const facts = { documents: [...kept, single] }
  return { storage, facts: trash.length > 0 ? { ...facts, trash } : facts }
}

async function twoSchemas(open) {
  const before = await open({ schemaInfo: { name: 'prompts', version: 1 } })
  const documents = [documentOf('greeting', '1.0.0'), documentOf('greeting', '1.0.1')]
  await before.saveVersion(documents[0])
  await before.close()
  const storage = await open()
  await storage.saveVersion(documents[1])
  return { storage, facts: { documents } }
}

/** Heads with labels, tags, deprecations and a highest number; histories of moves and deletions; commit times. */
async function labelled(open) {
  const storage = await open()
  const ids = ['greeting', 'long '.repeat(100)]
  const documents = ids.flatMap((id) => ['1.0.0', '1.1.0'].map((name) => documentOf(id, name)))
  await storage.saveVersions(documents)
  for (const [at, promptId] of ids.entries()) {
    const note = { at: `2026-01-01T00:00:0${at}.000Z`, by: 'Ada', reason: 'reviewed' }
    const notes = { tags: { '1.0.0': ['old'] }, deprecated: { '1.0.0': note } }
    for (const [from, to] of [
      [null, '1.0.0'],
      ['1.0.0', '1.1.0'],
    ]) {
      const head = { labels: { production: { version: to, ...note } }, highest: null, ...notes }
      const change = { promptId, head, moves: [{ label: 'production', from, to, ...note }] }
      await storage.transact([promptId], () => ({ changes: [change], result: undefined }))
    }
    await storage.saveVersion(documentOf(promptId, '1.2.0'))
    await storage.deleteVersion(promptId, '1.2.0')
  }
  const trash = await storage.listTrash()
  const prompts = await promptFactsOf(storage, ids)
  const facts = { documents, prompts }
  return { storage, facts: trash.length > 0 ? { ...facts, trash: trash.map(named) } : facts }
}

async function everyFile(open) {
  const storage = await open()
  const values = {
    'text.txt': 'A text with an umlaut: ü',
    'empty.bin': Buffer.alloc(0),
    'data.json': { list: [1, null, 'three'], nested: { yes: true } },
    'folder/bytes.bin': bytesOf(30_000),
    'folder/Bytes.bin': bytesOf(10),
    'folder/compressible.txt': 'again and again '.repeat(5_000),
    ' odd / ..name': 'odd',
  }
  for (const [key, value] of Object.entries(values))
    await storage.store(key, value, { owner: 'Ada', key })
  await storage.store('later.txt', 'expires', {}, { expiresAt: '2999-01-01T00:00:00.000Z' })
  await storage.storeStream('large.bin', [bytesOf(150_000)])
  await storage.store('gone.txt', 'gone')
  await storage.delete('gone.txt')
  const keys = [...Object.keys(values), 'later.txt', 'large.bin']
  return { storage, facts: await factsOf(storage, keys) }
}

async function rotatedFiles(open) {
  const before = await open({
    encryption_key: OLD_KEY,
    encryption_key_id: 'old',
    encryption_old_keys: {},
  })
  await before.store('text.txt', 'stored under the old key', { owner: 'Ada' })
  await before.store('folder/bytes.bin', bytesOf(20_000))
  await before.close()
  const storage = await open()
  await storage.rotateKeys()
  await storage.store('new.json', { under: 'the new key' })
  await storage.storeStream('large.bin', [bytesOf(150_000)])
  const keys = ['text.txt', 'folder/bytes.bin', 'new.json', 'large.bin']
  return { storage, facts: await factsOf(storage, keys) }
}

async function versionedFiles(open) {
  const storage = await open()
  for (const text of ['one', 'two '.repeat(5_000), 'three', 'four']) {
    await storage.store('folder/text.txt', text, { text: text.length })
    await storage.store('deleted', text)
  }
  await storage.storeStream('large.bin', [bytesOf(150_000)])
  await storage.store('large.bin', 'short')
  await storage.delete('deleted')
  const files = await factsOf(storage, ['folder/text.txt', 'large.bin'])
  const versions = await versionFactsOf(storage, ['folder/text.txt', 'deleted', 'large.bin'])
  return { storage, facts: { ...files, versions } }
}

/** What a store of files says of the versions of these keys. */
export async function versionFactsOf(storage, keys) {
  const versions = {}
  for (const key of keys) {
    versions[key] = []
    for (const { version, current, bytes, metadata, replaced_at } of await storage.history(key)) {
      const digest = sha256(await storage.retrieve(key, { version }))
      versions[key].push({ version, current, bytes, metadata, replaced_at, sha256: digest })
    }
  }
  return JSON.parse(JSON.stringify(versions))
}

/** What a store of files says of these keys. */
export async function factsOf(storage, keys) {
  const files = {}
  for (const key of keys) {
    const { bytes, kind, metadata, expires_at = null } = await storage.stat(key)
    const value = await storage.retrieve(key)
    files[key] = { bytes, kind, metadata, expires_at, sha256: sha256(value) }
  }
  return { files }
}

function sha256(value) {
  const bytes = value instanceof Uint8Array ? value : JSON.stringify(value)
  return createHash('sha256').update(bytes).digest('hex')
}

/** The same bytes each time, and none that compress. */
function bytesOf(length) {
  const parts = []
  for (let at = 0; at * 32 < length; at++)
    parts.push(createHash('sha256').update(String(at)).digest())
  return Buffer.concat(parts).subarray(0, length)
}
