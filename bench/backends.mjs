// `node bench/backends.mjs SUBJECT [SECONDS]`: one table of the same work on a backend of versions, and beside it what
// its driver needs for the bare statements. A new backend is a row in SUBJECTS.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { PromptRegistry } from '../dist/index.js'

const CALLERS = 64
const VERSIONS = 1000

/** Each opens a new place: `open` the storage, `bare` what the driver does for the same, and `close` all of it. */
const SUBJECTS = { sqlite: sqliteSubject }

const [name, seconds = '2'] = process.argv.slice(2)
const subject = SUBJECTS[name]
if (subject === undefined)
  throw new Error(`usage: node bench/backends.mjs ${Object.keys(SUBJECTS).join('|')} [SECONDS]`)

let number = 0
const text = 'x'.repeat(900)
const document = (promptId, version) => ({
  version,
  prompt_id: promptId,
  created_at: '2025-01-17T10:30:00.000Z',
  prompt: { id: promptId, workflow_id: 'w', node_id: 'n', node_type: 'llm', text },
})
// Reads and labels are of a prompt with that many versions; saves go to 64 others.
const all = Array.from({ length: VERSIONS }, (_, n) => document('p', `1.0.${n}`))
const body = Buffer.from(JSON.stringify(all[0], null, 2))
const { storage, uncached, bare, size, close } = await subject()
const registry = new PromptRegistry({ storage })
await storage.saveVersions(all)
const fresh = () => document(`p${number % 64}`, `1.0.${number++}`)
// A log that grows is slower than one that is written again from its begin.
for (let n = 0; n < 500; n++) {
  bare.save(body)
  await storage.saveVersion(fresh())
}
let at = 0
const some = () => `1.0.${(at += 7) % VERSIONS}`

const rows = [
  ['save, one at a time', 1, () => storage.saveVersion(fresh()), () => bare.save(body)],
  [`save, ${CALLERS} callers`, CALLERS, () => storage.saveVersion(fresh()), undefined],
  [
    `save, ${CALLERS} in one call`,
    1,
    () => storage.saveVersions(next(CALLERS)),
    () => bare.saveAll(body, CALLERS),
  ],
  ['getVersion, cached', 1, () => storage.getVersion('p', '1.0.0'), undefined],
  [
    `getVersion, cached, ${CALLERS} callers`,
    CALLERS,
    () => storage.getVersion('p', '1.0.0'),
    undefined,
  ],
  ['getVersion, uncached', 1, () => uncached.getVersion('p', some()), () => bare.get(some())],
  [
    `getVersion, uncached, ${CALLERS} callers`,
    CALLERS,
    () => uncached.getVersion('p', some()),
    () => bare.get(some()),
  ],
  [
    'listVersions, 100 of 1000, uncached',
    1,
    () => uncached.listVersions('p', { limit: 100 }),
    () => bare.list(100),
  ],
  ['getLatestVersion, uncached', 1, () => uncached.getLatestVersion('p'), () => bare.latest()],
  ['label move', 1, () => registry.label('p', 'production', some()), () => bare.move(some())],
]

console.log(
  `${name}: ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} processors, load ${loadavg()[0].toFixed(1)}\n`,
)
console.log('| work | a second | bare | ms a call | ratio |\n| --- | ---: | ---: | ---: | ---: |')
for (const [title, callers, call, bareCall] of rows) {
  const own = await rate(callers, call)
  const floor = bareCall === undefined ? undefined : await rate(1, bareCall)
  const ratio = floor === undefined ? '' : (floor / own).toFixed(2)
  const ms = ((1000 * callers) / own).toFixed(3)
  console.log(
    `| ${String(title)} | ${Math.round(own)} | ${floor === undefined ? '' : Math.round(floor)} | ${ms} | ${ratio} |`,
  )
}
console.log(
  `\n${number} versions, ${(size() / 2 ** 20).toFixed(1)} MiB; load ${loadavg()[0].toFixed(1)} at the end`,
)
await close()

function next(count) {
  return Array.from({ length: count }, fresh)
}

/** Calls a second. */
async function rate(callers, call) {
  for (let round = 0; round < 20; round++) await call()
  let count = 0
  const begin = performance.now()
  const end = begin + Number(seconds) * 1000
  const loop = async () => {
    for (; performance.now() < end; count++) await call()
  }
  await Promise.all(Array.from({ length: callers }, loop))
  return (count * 1000) / (performance.now() - begin)
}

/** Bare: better-sqlite3 on the thread of the caller, with the same settings, tables and statements. */
async function sqliteSubject() {
  const { SqliteStorage } = await import('../dist/sqlite/index.js')
  const { default: Database } = await import('better-sqlite3')
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  const file = join(directory, 'prompts.db')
  const storage = await SqliteStorage.open({ file })
  const uncached = await SqliteStorage.open({ file, useCache: false })
  const own = join(directory, 'bare.db')
  const made = await SqliteStorage.open({ file: own })
  await made.close()
  const connection = new Database(own)
  connection.exec('PRAGMA synchronous = FULL')
  const [begin, commit, insert, change, one, names, head, history] = [
    'BEGIN IMMEDIATE',
    'COMMIT',
    "INSERT INTO versions VALUES (?, ?, '2026-01-01T00:00:00.000Z', CAST(? AS TEXT))",
    "INSERT INTO changes (committed_at, events) VALUES ('2026-01-01T00:00:00.000Z', '[]')",
    "SELECT version, saved_at, CAST(document AS BLOB) AS bytes FROM versions WHERE prompt_id = 'p' AND version = ?",
    "SELECT version FROM versions WHERE prompt_id = 'p'",
    "INSERT INTO heads VALUES ('p', 1, ?) ON CONFLICT (prompt_id) DO UPDATE SET head = excluded.head",
    "INSERT INTO history VALUES ('p', (SELECT coalesce(max(number), 0) + 1 FROM history WHERE prompt_id = 'p'), ?)",
  ].map((sql) => connection.prepare(sql))
  let saved = 0
  const transaction = (work) => {
    begin.run()
    work()
    change.run()
    commit.run()
  }
  const bare = {
    save: (bytes) => transaction(() => insert.run(`p${saved % 64}`, `1.0.${saved++}`, bytes)),
    saveAll: (bytes, count) =>
      transaction(() => {
        for (let n = 0; n < count; n++) insert.run(`p${saved % 64}`, `1.0.${saved++}`, bytes)
      }),
    get: (version) => JSON.parse(one.get(version).bytes),
    list: (count) =>
      names
        .all()
        .slice(0, count)
        .map(({ version }) => JSON.parse(one.get(version).bytes)),
    latest: () => JSON.parse(one.get(names.all().at(-1).version).bytes),
    move: (version) =>
      transaction(() => {
        head.run(JSON.stringify({ labels: { production: { version } } }))
        history.run(JSON.stringify({ label: 'production', to: version }))
      }),
  }
  for (let n = 0; n < 1000; n++) insert.run('p', `1.0.${n}`, body)
  const close = async () => {
    connection.close()
    await storage.close()
    await uncached.close()
    rmSync(directory, { recursive: true })
  }
  return { storage, uncached, bare, size: () => statSync(file).size, close }
}
