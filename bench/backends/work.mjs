// The work that is the same on every backend.
import { deepStrictEqual as deepEqual } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InMemoryStorage, PromptRegistry } from '../../dist/index.js'
import { migrate } from '../../dist/migration/index.js'

const CALLERS = 64
/** Of the prompt that is read; saves go to others. */
const VERSIONS = 1000
const PROMPTS = 64
const LISTED = 50
/** What is migrated from memory into the backend. */
const MIGRATED = { prompts: 20, versions: 100 }
/** Each line is measured in turns with its bare statements, so that both see the same machine. */
const ROUNDS = 5
const ROUND_MS = (Number(process.env.BENCH_SECONDS ?? 2) * 1000) / ROUNDS
/** A database whose log has just been made is slower than one that writes over it. */
const WARM_UP_SAVES = 500
const MILLISECONDS = 1000

/**
 * @typedef {object} Bare what the driver does for the same; each absent where there is nothing to compare with
 * @property {boolean} isAsync whether several callers can wait at once
 * @property {(text: string) => unknown} save
 * @property {(text: string, count: number) => unknown} saveAll
 * @property {(version: string) => unknown} get
 * @property {(count: number) => unknown} list
 * @property {() => unknown} latest
 * @property {(version: string) => unknown} move
 */

/**
 * Measures one backend in a place of its own.
 *
 * @param {(directory: string, versions: readonly object[]) => Promise<{
 *   storage: object, uncached?: object, bare?: Bare, means: string, close: () => Promise<void>
 * }>} open `uncached`: another handle of the same place; `means`: what an acknowledged save means
 */
export async function measureBackend(open) {
  const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'holdfast-backends-'))
  try {
    const versions = Array.from({ length: VERSIONS }, (_, at) => documentOf('read', `1.0.${at}`))
    const backend = await open(directory, versions)
    try {
      await backend.storage.saveVersions(versions)
      await checkAnswers(backend)
      const rows = await measureRows(backend)
      return { means: backend.means, rows: { ...rows, migrate: await migration(backend.storage) } }
    } finally {
      await backend.close()
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** A bare list or a bare latest version is one only if it is that of Holdfast. */
async function checkAnswers({ uncached, bare }) {
  if (bare?.list === undefined) return
  const versionsOf = (documents) => documents.map(({ version }) => version).toSorted()
  const listed = await uncached.listVersions('read', { limit: LISTED })
  deepEqual(versionsOf(await bare.list(LISTED)), versionsOf(listed))
  // The bare document has the fields of the storage, too, such as its checksum.
  const nameOf = ({ prompt_id: promptId, version, prompt: { text } }) => [promptId, version, text]
  deepEqual(nameOf(await bare.latest()), nameOf(await uncached.getLatestVersion('read')))
}

async function measureRows({ storage, uncached, bare = {} }) {
  const registry = new PromptRegistry({ storage })
  let saved = 0
  const fresh = () => documentOf(`save-${saved % PROMPTS}`, `1.0.${saved++}`)
  const several = () => Array.from({ length: CALLERS }, fresh)
  let at = 0
  const some = () => `1.0.${(at += 7) % VERSIONS}`
  const text = JSON.stringify(documentOf('bare', '1.0.0'))
  for (let save = 0; save < WARM_UP_SAVES; save++) {
    await bare.save?.(text)
    await storage.saveVersion(fresh())
  }
  const save = async () => await storage.saveVersion(fresh())
  const bareSave = bare.save && (() => bare.save(text))
  const get = uncached && (async () => await uncached.getVersion('read', some()))
  const bareGet = bare.get && (() => bare.get(some()))
  const cached = async () => await storage.getVersion('read', '1.0.0')
  const label = async () => await registry.label('read', 'production', some())
  const lines = [
    ['save_1', 1, save, bareSave],
    ['save_64', CALLERS, save, bareSave],
    [
      'save_64_together',
      1,
      async () => await storage.saveVersions(several()),
      bare.saveAll && (() => bare.saveAll(text, CALLERS)),
    ],
    ['cached_1', 1, cached],
    ['uncached_1', 1, get, bareGet],
    ['uncached_64', CALLERS, get, bareGet],
    [
      'list',
      1,
      uncached && (async () => await uncached.listVersions('read', { limit: LISTED })),
      bare.list && (() => bare.list(LISTED)),
    ],
    ['latest', 1, uncached && (async () => await uncached.getLatestVersion('read')), bare.latest],
    ['label', 1, label, bare.move && (() => bare.move(some()))],
  ]
  const rows = {}
  for (const [name, callers, own, floor] of lines)
    if (own !== undefined)
      rows[name] = await compared(own, floor, callers, bare.isAsync === true ? callers : 1)
  return rows
}

/** Versions a second. */
async function migration(to) {
  const { prompts, versions } = MIGRATED
  const from = new InMemoryStorage()
  for (let prompt = 0; prompt < prompts; prompt++)
    await from.saveVersions(
      Array.from({ length: versions }, (_, at) => documentOf(`migrate-${prompt}`, `1.0.${at}`)),
    )
  const { duration_ms: ms } = await migrate({ from, to })
  return { callers: 1, per_second: Math.round((prompts * versions * MILLISECONDS) / ms) }
}

/** Calls a second of both, in turns. */
async function compared(own, floor, callers, floorCallers) {
  const rates = { own: [], floor: [] }
  for (let round = 0; round < ROUNDS; round++) {
    rates.own.push(await rate(callers, own))
    if (floor !== undefined) rates.floor.push(await rate(floorCallers, floor))
  }
  const perSecond = median(rates.own)
  const barePerSecond = floor === undefined ? undefined : median(rates.floor)
  return { callers, per_second: perSecond, bare_per_second: barePerSecond }
}

function median(values) {
  return Math.round(values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)])
}

async function rate(callers, call) {
  for (let warm = 0; warm < 5; warm++) await call()
  let count = 0
  const begin = performance.now()
  const end = begin + ROUND_MS
  const loop = async () => {
    for (; performance.now() < end; count++) await call()
  }
  await Promise.all(Array.from({ length: callers }, loop))
  return (count * MILLISECONDS) / (performance.now() - begin)
}

/** A version of some 1.1 KiB. */
function documentOf(promptId, version) {
  const [text, ids] = ['x'.repeat(900), { id: promptId, workflow_id: 'w', node_id: 'n' }]
  return {
    version,
    prompt_id: promptId,
    created_at: '2025-01-17T10:30:00.000Z',
    prompt: { ...ids, node_type: 'llm', text },
  }
}
