import { wrongArgument } from '../../base/misuse.js'
import { addPrices } from '../../dify/service/index.js'
import type { TestCase } from '../models/run-manifest.js'
import type { CaseRun } from './case-runner.js'

/** The messages that are sent in a conversation; undefined for a case that is not one. */
export function userMessages(flow: TestCase['conversation_flow']): readonly string[] | undefined {
  return flow?.steps.filter(({ role }) => role === 'user').map(({ message }) => message)
}

/** Several answers as one run: the last one, with the time, tokens, cost and nodes of all. */
export function joinedRuns(runs: readonly CaseRun[]): CaseRun {
  const last = runs.at(-1)
  if (last === undefined)
    throw wrongArgument('A conversation needs at least one message of the user')
  return {
    ...last,
    seconds: runs.reduce((sum, { seconds }) => sum + seconds, 0),
    tokens: runs.reduce((sum, { tokens }) => sum + tokens, 0),
    cost: runs.reduce((sum, { cost }) => addPrices(sum, cost), '0'),
    is_cost_known: runs.every((run) => run.is_cost_known),
    traces: runs.flatMap(({ traces }) => traces),
  }
}
