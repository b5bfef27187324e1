// What the scenarios do with a store of versions: each call is noted in the ledger of its stage.
import { ABSENT } from './ledger.mjs'

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

export const keyOf = (document) => `${document.prompt_id}@${document.version}`
export const save = async ({ ledger }, store, document) =>
  await ledger.change(
    `save ${keyOf(document)}`,
    { [keyOf(document)]: JSON.stringify(document) },
    () => store.saveVersion(document),
  )
export const remove = async ({ ledger }, store, id, version) =>
  await ledger.change(`delete ${id}@${version}`, { [`${id}@${version}`]: ABSENT }, () =>
    store.deleteVersion(id, version),
  )

export const isVersion = (key) => key.includes('@')
const labelKeyOf = (id, label) => `${id}#${label}`

/** The version that a label names, or what is wrong with it: its history has to lead there. */
export async function labelled(store, key) {
  const [id, label] = key.split('#')
  const read = async () => (await store.readHead(id))?.labels[label]?.version
  for (let version = await read(); ;) {
    const moves = (await store.listLabelMoves(id)).filter((one) => one.label === label)
    const isWhole = moves.every(({ from }, at) => from === (moves[at - 1]?.to ?? null))
    if (isWhole && (moves.at(-1)?.to ?? undefined) === version) return version
    // What a call has left may be finished between the two reads.
    const before = version
    version = await read()
    if (version === before) return `${version} after the moves ${JSON.stringify(moves)}`
  }
}

/** Moves labels of prompts in one transaction: the version of each label of each prompt. */
export async function move({ ledger }, store, wanted) {
  const ids = Object.keys(wanted)
  const contents = ids.flatMap((id) =>
    Object.entries(wanted[id]).map(([label, version]) => [labelKeyOf(id, label), version]),
  )
  const what = contents.map(([key, version]) => `${key.slice(-20)} to ${version}`).join()
  await ledger.change(`move ${what}`, Object.fromEntries(contents), () =>
    store.transact(ids, (views) => ({
      changes: views.map(({ promptId, head }) => headWith(promptId, head, wanted[promptId])),
      result: undefined,
    })),
  )
}

const NO_HEAD = { labels: {}, highest: null, deprecated: {}, tags: {} }

function headWith(promptId, head = NO_HEAD, wanted) {
  const note = { at: new Date().toISOString(), by: 'Ada', reason: null }
  const moves = Object.entries(wanted).map(([label, to]) => {
    return { label, from: head.labels[label]?.version ?? null, to, ...note }
  })
  const moved = moves.map(({ label, to }) => [label, { version: to, ...note }])
  return {
    promptId,
    head: { ...head, labels: { ...head.labels, ...Object.fromEntries(moved) } },
    moves,
  }
}

/** A store with two versions of p. */
export async function twoVersions(stage, options) {
  const store = await stage.storage(options)
  await save(stage, store, versionOf('p', '1.0.0'))
  await save(stage, store, versionOf('p', '1.0.1'))
  return store
}

/** Reads each version, and all at once: what is answered must be right. */
export async function readAll(stage, store) {
  const { ledger } = stage
  for (const key of ledger.keys.filter(isVersion)) {
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
