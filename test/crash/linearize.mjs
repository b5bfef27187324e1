// Decides whether what happened to one version can be explained by its operations taking effect one after the other,
// each at some moment between its call and its return. An operation without return (its process was killed, or its
// outcome is unknown) may have taken effect at any moment after its call, or never.

const MUTATING = new Set(['create', 'delete', 'restore'])

/**
 * @param operations of one key: {kind, call, ret?, outcome?, digest?, trash?}
 * @param initial, final: {live: digest or undefined, trash: digests}
 */
export function isExplained(operations, initial, final) {
  const ordered = operations
    .map((operation) => ({ ...operation, end: operation.ret ?? Infinity }))
    .sort((a, b) => a.call - b.call)
  const goal = sorted(final.trash)
  const reached = (state) => state.live === final.live && sorted(state.trash) === goal
  return search(ordered, { live: initial.live, trash: initial.trash }, reached)
}

function sorted(digests) {
  return digests.toSorted((a, b) => (a < b ? -1 : 1)).join()
}

function search(operations, initial, reached) {
  const seen = new Set()
  const stack = [{ left: operations, state: initial }]
  while (stack.length > 0) {
    const node = takeReads(stack.pop())
    const id = `${node.left.map(({ id }) => id).join()}|${node.state.live}|${node.state.trash.join()}`
    if (seen.has(id)) continue
    seen.add(id)
    if (node.left.every(({ end }) => end === Infinity) && reached(node.state)) return true
    for (const operation of candidates(node.left)) {
      const state = apply(operation, node.state)
      if (state !== undefined)
        stack.push({ left: node.left.filter((other) => other !== operation), state })
    }
  }
  return false
}

/** Those that were called before any of the others had returned: any of them may be the next. */
function candidates(left) {
  const end = left.reduce((least, operation) => Math.min(least, operation.end), Infinity)
  return left.filter(({ call }) => call <= end)
}

/** What changes nothing and fits now may come now: no other order explains more. */
function takeReads({ left, state }) {
  for (;;) {
    const fitting = candidates(left).filter(
      (operation) => changesNothing(operation) && apply(operation, state) !== undefined,
    )
    if (fitting.length === 0) return { left, state }
    left = left.filter((operation) => !fitting.includes(operation))
  }
}

function changesNothing({ kind, end, outcome }) {
  return end !== Infinity && !(MUTATING.has(kind) && outcome === 'done')
}

/** The state after an operation that ends as it ended; undefined when it could not have ended so. */
function apply({ kind, outcome, end, digest, trash }, { live, trash: stack }) {
  const unknown = end === Infinity
  const state = { live, trash: stack }
  if (kind === 'create') {
    if (outcome === 'taken') return live === undefined ? undefined : state
    return live === undefined ? { live: digest, trash: stack } : undefined
  }
  if (kind === 'delete') {
    if (outcome === 'absent') return live === undefined ? state : undefined
    if (live === undefined) return undefined
    return { live: undefined, trash: trash ? [...stack, live] : stack }
  }
  if (kind === 'restore') return restore(outcome, live, stack)
  if (unknown) return undefined
  if (kind === 'read') return live === digest ? state : undefined
  if (kind === 'exists') return (live !== undefined) === outcome ? state : undefined
  throw new Error(`Unknown operation ${kind}`)
}

function restore(outcome, live, stack) {
  const state = { live, trash: stack }
  if (outcome === 'taken') return live === undefined ? undefined : state
  if (outcome === 'absent') return stack.length === 0 ? state : undefined
  if (live !== undefined || stack.length === 0) return undefined
  return { live: stack.at(-1), trash: stack.slice(0, -1) }
}
