// What one prompt of a store is to its users: a set of versions, each absent or present with its bytes. A create fails
// on a version that is present; a batch creates all or none; lists and `latest` are reads of the whole set.
import { isHigher } from '../crash/documents.mjs'

/** A state is a map from version to digest, with its key. */
export const promptModel = { initial: stateOf(new Map()), apply, keyOf: ({ key }) => key }

function stateOf(versions) {
  const key = [...versions].map(([version, digest]) => `${version}=${digest}`).sort()
  return { versions, key: key.join() }
}

function apply(state, operation) {
  const change = CHANGES[operation.kind]
  if (change !== undefined) return change(state, operation)
  const answer = ANSWERS[operation.kind](state, operation)
  return JSON.stringify(answer) === JSON.stringify(operation.answer) ? state : undefined
}

/** An operation without outcome is one whose process was killed: had it taken effect, then as it was meant to. */
const CHANGES = {
  save(state, { items, outcome }) {
    const isTaken = items.some(({ version }) => state.versions.has(version))
    if (outcome === 'taken') return isTaken ? state : undefined
    if (isTaken) return undefined
    const added = items.map(({ version, digest }) => [version, digest])
    return stateOf(new Map([...state.versions, ...added]))
  },
  delete(state, { version, outcome }) {
    const isThere = state.versions.has(version)
    if (outcome === 'absent') return isThere ? undefined : state
    if (!isThere) return undefined
    return stateOf(new Map([...state.versions].filter(([other]) => other !== version)))
  },
}

const ANSWERS = {
  get: ({ versions }, { version }) => versions.get(version) ?? null,
  names: ({ versions }) => ascending(versions),
  latestName: ({ versions }) => ascending(versions).at(-1) ?? null,
  latest: ({ versions }) => documentsOf(versions).at(-1) ?? null,
  documents: ({ versions }) => documentsOf(versions),
}

function ascending(versions) {
  return [...versions.keys()].sort((a, b) => (isHigher(a, b) ? 1 : -1))
}

function documentsOf(versions) {
  return ascending(versions).map((version) => [version, versions.get(version)])
}
