// A process that works on a store until it is told to stop or is killed: it publishes, or it maintains. It announces each
// call before it makes it, and each return after.
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { FileSystemStorage, isStorageError, PromptRegistry } from 'holdfast'
import { Random } from '../crash/random.mjs'
import { documentOf } from '../crash/documents.mjs'
import { now, tell } from '../crash/wire.mjs'

const plan = JSON.parse(process.argv[2])
const random = new Random(plan.seed)
const storage = await FileSystemStorage.open(plan.options)
const registry = new PromptRegistry({ storage })
tell({ type: 'ready' })

const SAVED_TOGETHER = 100
const READ_TOGETHER = 20

let stopping = false
let calls = 0
const WORK = { publish, retention, compression, resharding, backup, reading, filling }
const commands = createInterface({ input: process.stdin })
commands.on('line', () => (stopping = true))
commands.on('close', () => (stopping = true))
while (!stopping) {
  await WORK[plan.work]()
  if (plan.pauseMs > 0) await sleep(plan.pauseMs)
}
await storage.close()
commands.close()
process.stdin.destroy()

/** Mostly a version, sometimes a move of a label. Each lane makes one call after the other. */
async function publish() {
  const promptId = random.pick(plan.prompts)
  if (random.chance(0.25)) return await move(promptId)
  const text = `${plan.name} ${calls} ${'words of a prompt '.repeat(random.integer(1, 60))}`
  await call({ kind: 'publish', promptId, text }, async () => {
    const { version, created } = await registry.publish(promptId, { text }, { author: plan.name })
    return { version, created }
  })
}

async function move(promptId) {
  const label = random.pick(plan.labels)
  await call({ kind: 'label', promptId, label }, async () => {
    const { from, to } = await registry.label(promptId, label, 'latest', { by: plan.name })
    return { from, to }
  })
}

/** Of all prompts but the long one, which has enough versions for the file of summaries. */
async function retention() {
  await call({ kind: 'retention' }, async () => {
    let removed = 0
    const prompts = (await storage.listPromptIds()).filter((id) => id !== plan.long.promptId)
    for (const promptId of prompts)
      removed += (await registry.applyRetention(promptId, { keepLast: plan.keepLast })).remove
        .length
    return { removed }
  })
}

/** Saves many versions of one prompt, and ends. */
async function filling() {
  for (let count = 0; count < plan.long.versions; count += SAVED_TOGETHER) await saveMany(count)
  stopping = true
}

/** Asks for summaries and documents, in a handle that is closed again. */
async function reading() {
  const reader = await FileSystemStorage.open(plan.options)
  try {
    await call({ kind: 'read' }, async () => {
      for (const id of [plan.long.promptId, random.pick(plan.prompts)]) {
        const summaries = await reader.listVersionSummaries(id)
        for (const { version } of summaries.slice(-READ_TOGETHER))
          await reader.getVersion(id, version)
      }
      return {}
    })
  } finally {
    await reader.close()
  }
}

/** All of them are there, or none: for the judge they are calls that were made in this order. */
async function saveMany(count) {
  const { promptId } = plan.long
  const texts = Array.from({ length: SAVED_TOGETHER }, (_, at) => `${plan.name} ${calls} ${at}`)
  const documents = texts.map((text, at) => {
    const document = documentOf({
      promptId,
      version: `1.0.${count + at}`,
      salt: text,
      textBytes: 9,
    })
    return { ...document, prompt: { ...document.prompt, text } }
  })
  const numbers = documents.map(({ version }, at) => {
    const number = `${plan.name}:${calls++}`
    const say = { kind: 'publish', promptId, text: texts[at], by: plan.name }
    tell({ type: 'call', call: number, at: now(), ...say })
    return { number, version }
  })
  await storage.saveVersions(documents)
  for (const { number, version } of numbers)
    tell({ type: 'return', call: number, version, created: true, at: now() })
}

async function compression() {
  const packs = random.chance(0.7)
  await call({ kind: packs ? 'compress' : 'decompress' }, async () => {
    if (packs) await storage.compress({ keepLast: random.integer(1, 4) })
    else await storage.decompress({ promptId: random.pick(plan.prompts) })
  })
}

/** Another process may be moving the prompts to another place: then there is nothing to do. */
async function resharding() {
  const depth = random.integer(0, 2)
  await call({ kind: 'reshard', depth }, async () => {
    await storage.reshard(depth === 0 ? { enabled: false } : { depth })
  })
}

async function backup() {
  await call({ kind: 'backup' }, async () => {
    const full = random.chance(0.2)
    const { sequence, lsn, at } = await storage.backup(plan.backups, { full })
    return { sequence, lsn, at }
  })
}

async function call(say, act) {
  const number = `${plan.name}:${calls++}`
  tell({ type: 'call', call: number, at: now(), by: plan.name, ...say })
  try {
    tell({ type: 'return', call: number, ...(await act()), at: now() })
  } catch (error) {
    if (!isExpected(error)) throw error
    tell({ type: 'refused', call: number, at: now(), code: error.code })
  }
}

/** What the others may cause: a prompt without a version so far, a resharding that another process has begun. */
function isExpected(error) {
  return isStorageError(error) && plan.expected.includes(error.code)
}
