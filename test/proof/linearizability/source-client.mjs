// A process that works on prompts in a storage that has a server, and moves the label `production` of the prompt `p`
// along its versions, while the server is killed and started again. It announces each call before it makes it, and each
// return after.
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { digestOf, documentOf } from '../crash/documents.mjs'
import { Random } from '../crash/random.mjs'
import { now, tell } from '../crash/wire.mjs'
import { BucketStorage } from '../../../dist/buckets/index.js'
import { PostgresStorage } from '../../../dist/postgres/index.js'
import { PromptRegistry, VersionConflictError } from '../../../dist/index.js'

const WEIGHTS = { save: 26, batch: 6, delete: 16, get: 24, names: 12, latestName: 8 }
const LANES = 3
const AWAY_MS = 100
const PROMPTS = 3
const VERSIONS = 5
const LABEL = 'production'

const { name, storage: kind, options, seed, places } = JSON.parse(process.argv[2])
const random = new Random(seed, name)
let round = 0
let isStopped = false
let made = 0

// Each answer is as of its call: a question comes before an answer from memory.
const KINDS = {
  bucket: async () => await BucketStorage.open({ ...options, staleMs: 0 }),
  // Outcomes are asked for until the server is there again.
  postgres: async () =>
    await PostgresStorage.open({
      ...options,
      staleMs: 0,
      maxConnections: LANES + 1,
      connectTimeoutMs: 60_000,
    }),
}
const storage = await KINDS[kind]()
const registry = new PromptRegistry({ storage })
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'stop') isStopped = true
  else round = Number(line)
})
const QUESTIONS = {
  async get(prompt, version) {
    const document = await storage.getVersion(prompt, version)
    return document === undefined ? null : digestOf(document).slice(0, 12)
  },
  names: async (prompt) => await storage.listVersionNames(prompt),
  latestName: async (prompt) => (await storage.getLatestVersionName(prompt)) ?? null,
}

tell({ type: 'ready' })
await Promise.all([...Array.from({ length: LANES }, work), moveLabel()])
await storage.close()
process.stdin.destroy()

async function work() {
  while (!isStopped) {
    const { say, act } = nextCall()
    const call = `${name}:${made++}`
    tell({ type: 'call', call, at: now(), ...say })
    const result = await outcomeOf(act)
    // The server is away: most calls are to be made while it is there.
    if (result === undefined || result.outcome === 'none') await sleep(AWAY_MS)
    if (result !== undefined) tell({ type: 'return', call, at: now(), ...result })
  }
}

/** Undefined for an operation that may have been carried out or not. */
async function outcomeOf(act) {
  try {
    return (await act()) ?? { outcome: 'done' }
  } catch (error) {
    if (error instanceof VersionConflictError) return { outcome: 'taken' }
    if (error.context?.outcome === 'none') return { outcome: 'none' }
    if (error.context?.outcome === 'unknown') return undefined
    // A question without an answer.
    if (error.code === 'FS-UNAVAILABLE-001') return undefined
    throw error
  }
}

function nextCall() {
  const kind = random.weighted(WEIGHTS)
  const prompt = `round-${round}-${random.integer(0, PROMPTS - 1)}`
  const version = versionOf()
  if (kind === 'save') return saveOf(prompt, [version])
  if (kind === 'batch') return saveOf(prompt, [...new Set([version, versionOf()])])
  if (kind === 'delete')
    return {
      say: { kind, prompt, version },
      act: async () => ({
        outcome: (await storage.deleteVersion(prompt, version)) ? 'done' : 'absent',
      }),
    }
  return {
    say: { kind, prompt, ...(kind === 'get' ? { version } : {}) },
    act: async () => ({ answer: await QUESTIONS[kind](prompt, version) }),
  }
}

function versionOf() {
  return `1.${random.integer(0, VERSIONS - 1)}.0`
}

function saveOf(prompt, versions) {
  const documents = versions.map((version) =>
    documentOf({ promptId: prompt, version, salt: `${name}-${made}`, textBytes: 200 }),
  )
  const items = documents.map((document) => ({
    version: document.version,
    digest: digestOf(document).slice(0, 12),
  }))
  return { say: { kind: 'save', prompt, items }, act: () => storage.saveVersions(documents) }
}

async function moveLabel() {
  for (let attempt = 0; !isStopped; attempt++) {
    const by = `${name}:${attempt}`
    try {
      const { version } = (await registry.labels('p'))[LABEL] ?? {}
      const from = Number(version?.split('.')[2] ?? 0)
      if (from >= places) return
      const calledAt = now()
      const expected = from === 0 ? null : `1.0.${from}`
      await registry.label('p', LABEL, `1.0.${from + 1}`, { expected, by })
      tell({ type: 'moved', place: from + 1, by, calledAt, returnedAt: now() })
    } catch (error) {
      if (error.context?.outcome === 'unknown') tell({ type: 'unsure', by })
      else if (!isExpected(error)) throw error
      if (error.code !== 'OPT-LABEL-001') await sleep(AWAY_MS)
    }
  }
}

/** Others were first, or the server was away. */
function isExpected({ code, context }) {
  const { outcome } = context ?? {}
  return code === 'OPT-LABEL-001' || outcome === 'none' || code === 'FS-UNAVAILABLE-001'
}
