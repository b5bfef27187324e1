// What the writers said they did, and the state of the store that explains it. Kept by the parent, which is never
// killed. After each round what is found on disk becomes the state that the next round starts from.
import { explain } from '../linearizability/search.mjs'
import { versionModel } from '../linearizability/version-model.mjs'
import { isHigher, keyOf, partsOf } from './documents.mjs'

export class History {
  /** By key: {live, trash}. */
  #before = new Map()
  #operations = new Map()
  #batches = []
  #observations = []
  #next = 0

  /** A call that a writer announced, and its return where there was one. */
  add(call, ret) {
    const base = { id: this.#next++, call: call.at, ret: ret?.at }
    const outcome = ret?.outcome
    if (call.kind === 'batch') this.#addBatch(call, base, outcome)
    else if (call.kind === 'names' || call.kind === 'latest') {
      if (ret !== undefined) this.#observations.push({ ...call, ...base, answer: ret.answer })
    } else {
      const digest = call.kind === 'read' ? ret?.digest : call.digest
      this.#put(keyOf(call.promptId, call.version), {
        ...base,
        kind: call.kind,
        outcome,
        digest,
        trash: call.trash,
      })
    }
  }

  #addBatch({ items }, base, outcome) {
    if (outcome === undefined)
      this.#batches.push(
        items.filter(({ twin }) => !twin).map(({ promptId, version }) => keyOf(promptId, version)),
      )
    // One taken name refuses all: nothing is known about the others but that they are not there.
    if (outcome === 'taken') return
    for (const { promptId, version, digest } of items) {
      this.#put(keyOf(promptId, version), {
        ...base,
        id: this.#next++,
        kind: 'create',
        outcome,
        digest,
      })
    }
  }

  #put(key, operation) {
    const known = this.#operations.get(key)
    if (known === undefined) this.#operations.set(key, [operation])
    else known.push(operation)
  }

  /** Everything that contradicts the tree that was found, in words; the tree is what the next round starts from. */
  judge(tree) {
    const problems = []
    const keys = new Set([...this.#before.keys(), ...this.#operations.keys()])
    for (const key of [...Object.keys(tree.live), ...Object.keys(tree.trash)]) {
      if (!keys.has(key)) problems.push(`${name(key)} is there though it was never saved`)
      keys.add(key)
    }
    this.#spread(keys, problems)
    for (const key of keys) this.#judgeKey(key, stateIn(tree, key), problems)
    for (const batch of this.#batches) judgeBatch(batch, tree, problems)
    this.#restart(keys, tree)
    return problems
  }

  /** What was seen of a whole prompt says something about each of its versions. */
  #spread(keys, problems) {
    const byPrompt = groupByPrompt(keys)
    for (const { kind, promptId, answer, call, ret } of this.#observations) {
      const versions = (byPrompt.get(promptId) ?? []).map((key) => partsOf(key).version)
      const seen = new Set(kind === 'names' ? answer : [answer].filter(Boolean))
      for (const version of seen) {
        if (!versions.includes(version))
          problems.push(`${promptId} ${version} was listed though it was never saved`)
      }
      for (const version of versions) {
        if (
          kind === 'latest' &&
          !seen.has(version) &&
          answer !== undefined &&
          !isHigher(version, answer)
        )
          continue
        const observed = { id: this.#next++, kind: 'exists', call, ret, outcome: seen.has(version) }
        this.#put(keyOf(promptId, version), observed)
      }
    }
  }

  #judgeKey(key, found, problems) {
    const operations = this.#operations.get(key) ?? []
    const before = this.#before.get(key) ?? { live: undefined, trash: [] }
    if (explain(operations, versionModel(before, found)).explained) return
    const facts = { before, found, operations: operations.sort((a, b) => a.call - b.call) }
    problems.push(`${name(key)}: ${JSON.stringify(facts, short)}`)
  }

  #restart(keys, tree) {
    this.#before = new Map()
    for (const key of keys) {
      const state = stateIn(tree, key)
      if (state.live !== undefined || state.trash.length > 0) this.#before.set(key, state)
    }
    this.#operations = new Map()
    this.#batches = []
    this.#observations = []
  }

  /** Keys that may be there when a round begins, for reads and deletes of what others have saved. */
  liveKeys() {
    return [...this.#before].filter(([, { live }]) => live !== undefined).map(([key]) => key)
  }
}

function stateIn(tree, key) {
  return { live: tree.live[key], trash: tree.trash[key] ?? [] }
}

/** No other call touches the names of a batch without return: all of them are there, or none. */
function judgeBatch(keys, tree, problems) {
  const there = keys.filter((key) => tree.live[key] !== undefined)
  if (there.length > 0 && there.length < keys.length)
    problems.push(`of a batch of ${keys.length} only ${there.map(name).join(', ')} are there`)
}

function groupByPrompt(keys) {
  const groups = new Map()
  for (const key of keys) {
    const { promptId } = partsOf(key)
    const group = groups.get(promptId)
    if (group === undefined) groups.set(promptId, [key])
    else group.push(key)
  }
  return groups
}

function name(key) {
  return key.replace('\0', ' ')
}

function short(_, value) {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 8) : value
}
