// Whether a state of the store is one that the calls allow: nothing that was acknowledged is missing unless retention
// removed it, nothing is there that was not called for, and no call is there without those before it of the same process.
import { isHigher } from '../crash/documents.mjs'

/**
 * @param state what `readStore` found
 * @param calls all calls with their returns
 * @param point the calls of an earlier state: those that returned before `begin` are in it, those that began after `end`
 * are not; by default all calls
 */
export function judge(state, calls, keepLast, { begin = Infinity, end = Infinity } = {}) {
  const problems = [...state.problems]
  const known = new Map()
  for (const call of calls) if (call.kind === 'publish') known.set(call.text, call)
  problems.push(...judgeVersions(state, known, end))
  for (const lane of lanesOf(calls)) problems.push(...judgeLane(state, lane, keepLast, begin))
  problems.push(...judgeLabels(state, calls, begin, end))
  return problems
}

function judgeVersions({ prompts }, known, end) {
  const problems = []
  for (const [promptId, { versions }] of prompts)
    for (const [version, { text }] of versions) {
      const call = known.get(text)
      const name = `${promptId} ${version}`
      if (call === undefined || call.promptId !== promptId)
        problems.push(`${name} was never published`)
      else if (call.version !== undefined && call.version !== version)
        problems.push(`${name} was published as ${call.version}`)
      else if (call.at > end) problems.push(`${name} was published after the state`)
    }
  return problems
}

/** The versions that each process has published and knows the number of, in the order of its calls. */
function lanesOf(calls) {
  const lanes = new Map()
  for (const call of calls) {
    if (call.kind !== 'publish' || call.version === undefined) continue
    if (!lanes.has(call.by)) lanes.set(call.by, [])
    lanes.get(call.by).push(call)
  }
  return lanes.values()
}

/** The calls of one process, one after the other: the state has a first part of them, and at least what it must have. */
function judgeLane({ prompts }, lane, keepLast, begin) {
  const problems = []
  const isThere = ({ promptId, version }) => prompts.get(promptId)?.versions.has(version) === true
  const last = lane.findLastIndex(isThere)
  for (const [at, call] of lane.entries()) {
    const mustBe = call.returned < begin || at < last
    if (!mustBe || isThere(call) || isRetired(prompts.get(call.promptId), call, keepLast)) continue
    problems.push(`${call.promptId} ${call.version} of ${call.by} is lost`)
  }
  return problems
}

/** Retention removes what has as many higher versions as are kept. */
function isRetired(prompt, { version }, keepLast) {
  const higher = [...(prompt?.versions.keys() ?? [])].filter((other) => isHigher(other, version))
  return higher.length >= keepLast
}

/** The moves of each label are in order, and among them all that were acknowledged. */
function judgeLabels({ prompts }, calls, begin, end) {
  const problems = []
  for (const [promptId, { labels, moves }] of prompts) {
    const where = {}
    for (const { label, from, to } of moves.filter(({ label: name }) => name !== undefined)) {
      if ((where[label] ?? null) !== from)
        problems.push(`${label} of ${promptId} moves from ${from}, and was at ${where[label]}`)
      where[label] = to
    }
    for (const [label, { version }] of Object.entries(labels))
      if (where[label] !== version)
        problems.push(
          `${label} of ${promptId} is at ${version}, its history ends at ${where[label]}`,
        )
  }
  for (const call of calls) {
    if (call.kind !== 'label' || call.from === call.to || call.returned === undefined) continue
    const { promptId, label, from, to, by } = call
    const isIn = prompts
      .get(promptId)
      ?.moves.some(
        (one) => one.label === label && one.from === from && one.to === to && one.by === by,
      )
    if (call.returned < begin && isIn !== true)
      problems.push(`the move of ${label} of ${promptId} from ${from} to ${to} by ${by} is lost`)
    if (call.at > end && isIn === true)
      problems.push(`the move of ${label} of ${promptId} to ${to} came after the state`)
  }
  return problems
}
