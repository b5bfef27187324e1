// Decides whether a history of concurrent operations can be explained by each taking effect at one moment between its
// call and its return: the search of Wing and Gong, with Lowe's memory of what was tried. An operation without return
// (its process was killed) may have taken effect at any moment after its call, or never.

/**
 * @typedef {{call: number, ret?: number}} Operation times of a monotonic clock that all processes share
 *
 * @param operations in any order
 * @param model {
 *   initial: a state; states are never changed,
 *   apply(state, operation): the state after it; the same object when it changes nothing; undefined when it could not
 *     have ended as it did,
 *   keyOf(state): a text, the same for equal states,
 *   isEnd(state): whether the history may end so; always, when left out }
 * @returns {{explained: boolean, states: number, stuck: Operation[]}} `stuck`: what is open where the search got
 * furthest; one of these cannot be explained
 */
export function explain(operations, model) {
  const finished = operations.filter(({ ret }) => ret !== undefined).sort((a, b) => a.call - b.call)
  const pending = operations.filter(({ ret }) => ret === undefined)
  const seen = new Set()
  const stack = [{ base: 0, ahead: [], taken: [], state: model.initial }]
  let furthest = stack[0]
  while (stack.length > 0) {
    const node = takeWhatChangesNothing(stack.pop(), finished, model)
    const id = `${node.base};${node.ahead.join()};${node.taken.join()};${model.keyOf(node.state)}`
    if (seen.has(id)) continue
    seen.add(id)
    if (doneOf(node) > doneOf(furthest)) furthest = node
    const isOver = node.base === finished.length
    if (isOver && (model.isEnd?.(node.state) ?? true))
      return { explained: true, states: seen.size, stuck: [] }
    stack.push(...successors(node, finished, pending, model))
  }
  const stuck = openIn(furthest, finished).map((at) => finished[at])
  return { explained: false, states: seen.size, stuck }
}

function doneOf({ base, ahead }) {
  return base + ahead.length
}

/** Places of those that were called before any of the others had returned: each of them may be the next. */
function openIn({ base, ahead }, finished) {
  const places = []
  let firstReturn = Infinity
  for (let at = base; at < finished.length && finished[at].call <= firstReturn; at++) {
    if (ahead.includes(at)) continue
    places.push(at)
    firstReturn = Math.min(firstReturn, finished[at].ret)
  }
  return places
}

/** What changes nothing and fits now may come now: no other order explains more. */
function takeWhatChangesNothing(node, finished, model) {
  for (;;) {
    const fitting = openIn(node, finished).filter(
      (at) => model.apply(node.state, finished[at]) === node.state,
    )
    if (fitting.length === 0) return node
    node = take(node, fitting)
  }
}

function take({ base, ahead, taken, state }, places) {
  const done = [...ahead, ...places].sort((a, b) => a - b)
  let passed = 0
  while (done[passed] === base + passed) passed++
  return { base: base + passed, ahead: done.slice(passed), taken, state }
}

/** The last is tried first: those that have returned, the earliest return before the others. */
function successors(node, finished, pending, model) {
  const open = openIn(node, finished)
  const firstReturn = open.reduce((least, at) => Math.min(least, finished[at].ret), Infinity)
  const late = pending.flatMap((operation, at) => {
    if (node.taken.includes(at) || operation.call > firstReturn) return []
    const state = model.apply(node.state, operation)
    if (state === undefined || state === node.state) return []
    return [{ ...node, taken: [...node.taken, at].sort((a, b) => a - b), state }]
  })
  const next = open
    .toSorted((a, b) => finished[b].ret - finished[a].ret)
    .flatMap((at) => {
      const state = model.apply(node.state, finished[at])
      return state === undefined ? [] : [{ ...take(node, [at]), state }]
    })
  return [...late, ...next]
}
