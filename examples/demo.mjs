// The main job of Holdfast, shown and proven: `npm run demo` after `npm ci`.
import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import Table from 'cli-table3'
import { FileSystemStorage, nativeInfo } from 'holdfast'
import { importWorkflows } from 'holdfast/optimizer'
import pc from 'picocolors'
import { killOneWriter } from './demo-kill.mjs'

const WORKFLOWS = fileURLToPath(new URL('dify/', import.meta.url))
/** File, what is in its prompts, what shall be there, and how many prompts that changes. */
const CHANGES = [
  ['Artifact.yml', '小助手', '严谨的小助手，先思考再回答', 1],
  ['SEO Slug Generator.yml', 'not exceeding 60 characters', 'not exceeding 50 characters', 1],
  ['translation_workflow.yml', 'You are an expert linguist', 'You are a careful linguist', 2],
]

const TABLE_STYLE = { head: pc.isColorSupported ? ['bold'] : [], border: [], compact: true }

const started = performance.now()
const directory = await mkdtemp(join(tmpdir(), 'holdfast-demo-'))
const storageDir = join(directory, 'store')
const proofs = []

heading('Holdfast')
const native = nativeInfo()
say(`Directory  ${pc.cyan(directory)}`)
say(`Disk       ${native.available ? 'native addon' : `portable (${native.reason ?? 'no addon'})`}`)

await withStorage(showImport)
await showKilledWriter()
summary()

async function withStorage(work) {
  const storage = await FileSystemStorage.open({ storageDir })
  try {
    await work(storage)
  } finally {
    await storage.close()
  }
}

async function showImport(storage) {
  heading('1. Import real Dify workflows')
  const first = totals(await importWorkflows(await readWorkflows(WORKFLOWS), { storage }))
  say(
    `${first.files} files: ${first.created} prompts are now version 1.0.0; ${first.empty} empty messages are left out`,
  )
  prove('Every prompt of every workflow is stored', first.created === 117 && first.refused === 0)

  heading('2. Import them again, unchanged')
  const second = totals(await importWorkflows(await readWorkflows(WORKFLOWS), { storage }))
  say(`${second.unchanged} prompts are unchanged: nothing was written`)
  prove(
    'An unchanged prompt writes nothing',
    second.unchanged === 117 && second.created + second.updated === 0,
  )

  heading('3. Change some prompts in a copy and import that')
  const copy = join(directory, 'workflows')
  await cp(WORKFLOWS, copy, { recursive: true })
  for (const [file, from, to] of CHANGES) await edit(join(copy, file), from, to)
  const files = await importWorkflows(await readWorkflows(copy), { storage })
  const changed = files
    .flatMap(({ prompts }) => prompts)
    .filter(({ outcome }) => outcome === 'updated')
  for (const { prompt_id, version } of changed)
    say(`${pc.green('new version')} ${prompt_id} ${pc.bold(version)}`)
  const expected = CHANGES.reduce((sum, [, , , prompts]) => sum + prompts, 0)
  prove(
    'Each changed prompt has one new version, no other has',
    changed.length === expected && totals(files).unchanged === first.created - expected,
  )

  for (const { prompt_id } of changed) await showHistory(storage, prompt_id)
  const readable = await Promise.all(
    changed.map(({ prompt_id }) => isPlainFile(storage, prompt_id)),
  )
  prove('Any tool can read the files: they are plain JSON', !readable.includes(false))
}

async function showHistory(storage, promptId) {
  heading(`History of ${promptId}`)
  const versions = await storage.listVersions(promptId)
  const at = firstDifference(versions.map(({ prompt }) => prompt.text))
  const table = new Table({
    head: ['Version', 'Parent', 'Created', 'Where the texts differ'],
    style: TABLE_STYLE,
  })
  for (const { version, parent_version, created_at, prompt } of versions) {
    const excerpt = prompt.text.slice(Math.max(0, at - 15), at + 15).replaceAll('\n', ' ')
    table.push([version, parent_version ?? '', created_at.slice(11, 23), excerpt])
  }
  console.log(table.toString())
  const latest = await storage.getLatestVersion(promptId)
  const path = storage.pathOf(promptId, latest.version)
  say(`Latest is ${pc.bold(latest.version)}, a plain file: ${pc.cyan(relative(directory, path))}`)
}

function firstDifference([one, other]) {
  const at = [...one].findIndex((character, index) => character !== [...other][index])
  return [...one].slice(0, at).join('').length
}

async function isPlainFile(storage, promptId) {
  const latest = await storage.getLatestVersion(promptId)
  const plain = JSON.parse(await readFile(storage.pathOf(promptId, latest.version), 'utf8'))
  return plain.prompt.text === latest.prompt.text
}

async function showKilledWriter() {
  heading('4. Several processes save at once, and one is killed')
  if (!native.available) say('Without the addon a store is open in one process only: so one writes')
  const count = native.available ? 4 : 1
  const { writers, victim, underWay } = await killOneWriter(storageDir, count)
  const acknowledged = writers.flatMap(({ promptId, acks }) =>
    acks.map((version) => ({ promptId, version })),
  )
  say(`${writers.length} processes, ${acknowledged.length} saves acknowledged through a pipe`)
  say(`${pc.red('SIGKILL')} hit process ${victim.pid} with ${underWay.length} saves under way`)

  heading('5. Open the store again and look for every acknowledged version')
  const opening = performance.now()
  await withStorage(async (storage) => {
    const latest = await storage.getLatestVersion('writer-0')
    await storage.saveVersion({ ...latest, version: '2.0.0' })
    const took = (performance.now() - opening).toFixed(0)
    say(`Recovered, opened and saved again within ${took} ms: no lock was left behind`)
    await proveNothingLost(storage, acknowledged)
    await proveNothingHalf(storage, victim.promptId, underWay)
  })
}

async function proveNothingLost(storage, acknowledged) {
  const missing = await countMissing(storage, acknowledged)
  const all = acknowledged.length
  prove(`All ${all} acknowledged versions are there, whole`, missing === 0 && all > 0)
}

async function proveNothingHalf(storage, promptId, underWay) {
  const half = await countHalf(storage, promptId, underWay)
  prove('Nothing of the killed process is there by half', underWay.length > 0 && half === 0)
  const { checked, findings } = await storage.verify()
  prove(`verify finds nothing wrong in ${checked} files`, findings.length === 0)
  const leftovers = await readdir(join(storageDir, '.tmp')).catch(() => [])
  prove('No temporary file is left', leftovers.length === 0)
}

async function countMissing(storage, acknowledged) {
  let missing = 0
  for (const { promptId, version } of acknowledged) {
    const found = await storage.getVersion(promptId, version)
    if (found?.prompt.text.startsWith(`Version ${version} of ${promptId}.`) !== true) missing += 1
  }
  return missing
}

/** A save that was under way may have become whole or nothing. Reading one that is there by half would throw. */
async function countHalf(storage, promptId, versions) {
  const reads = await Promise.allSettled(
    versions.map((version) => storage.getVersion(promptId, version)),
  )
  const whole = reads.filter(({ value }) => value !== undefined).length
  say(
    `Of the ${versions.length} saves under way, ${whole} became whole and ${versions.length - whole} nothing`,
  )
  return reads.filter(({ status }) => status === 'rejected').length
}

function summary() {
  heading('Summary')
  const table = new Table({
    head: ['Proof', 'Result'],
    colWidths: [64, 10],
    wordWrap: true,
    style: TABLE_STYLE,
  })
  for (const { what, holds } of proofs)
    table.push([what, holds ? pc.green('proven') : pc.red('FAILED')])
  console.log(table.toString())
  say(`${((performance.now() - started) / 1000).toFixed(1)} s. Look around, it is kept:`)
  say(pc.cyan(`  npx holdfast ids --dir ${storageDir}`))
  say(pc.cyan(`  npx holdfast list --dir ${storageDir} Artifact_llm`))
  say(pc.cyan(`  cat ${join(storageDir, 'Artifact_llm', '1.0.1.json')}`))
  if (proofs.some(({ holds }) => !holds)) process.exitCode = 1
}

async function readWorkflows(from) {
  const names = (await readdir(from)).filter((name) => name.endsWith('.yml')).sort()
  return await Promise.all(
    names.map(async (file) => ({ file, content: await readFile(join(from, file)) })),
  )
}

async function edit(file, from, to) {
  const before = await readFile(file, 'utf8')
  if (!before.includes(from)) throw new Error(`${file} does not contain "${from}"`)
  await writeFile(file, before.replaceAll(from, to))
}

function totals(files) {
  const sum = (count) => files.reduce((total, file) => total + file[count], 0)
  return {
    files: files.length,
    refused: files.filter(({ refused }) => refused !== undefined).length,
    created: sum('created'),
    updated: sum('updated'),
    unchanged: sum('unchanged'),
    empty: sum('skippedEmpty'),
  }
}

function prove(what, holds) {
  proofs.push({ what, holds })
  say(`${holds ? pc.green('✓') : pc.red('✗')} ${what}`)
}

function heading(text) {
  console.log(`\n${pc.bold(text)}`)
}

function say(text) {
  console.log(`  ${text}`)
}
