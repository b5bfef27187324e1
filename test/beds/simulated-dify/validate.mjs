// What Dify's models of nodes refuse before a run begins, where the real files need it. The first lines of the messages
// are Dify's; the rest of a message of pydantic is left out.
import { OPERATORS } from './conditions.mjs'

/** Throws for the first node whose data Dify does not accept, and for a graph without a node to begin with. */
export function checkGraph(graph, isRoot) {
  if (!graph.nodes.some(isRoot)) throw new Error('No root node found in the graph')
  for (const { data } of graph.nodes) {
    const fault = CHECKS[data?.type]?.(data)
    if (fault !== undefined) throw new Error(fault)
  }
}

const CHECKS = {
  code: ({ outputs }) =>
    isMapping(outputs) ? undefined : 'outputs: Input should be a valid dictionary',
  agent: ({ agent_parameters: parameters }) =>
    parameters === undefined || isMapping(parameters)
      ? undefined
      : 'agent_parameters: Input should be a valid dictionary',
  'trigger-webhook': ({ body }) =>
    body === undefined || Array.isArray(body) ? undefined : 'body: Input should be a valid list',
  'document-extractor': ({ variable_selector: selector }) =>
    Array.isArray(selector) ? undefined : 'variable_selector: Field required',
  'if-else': ({ cases = [], conditions = [] }) =>
    [...conditions, ...cases.flatMap((one) => one.conditions ?? [])]
      .map(({ comparison_operator: operator }) => operator)
      .filter((operator) => OPERATORS[operator] === undefined)
      .map(
        (operator) => `comparison_operator: Input should be one of Dify's, not '${operator}'`,
      )[0],
  'human-input': ({ inputs = [], user_actions: actions = [] }) => {
    const name = twin(inputs.map((input) => input.output_variable_name))
    const action = twin(actions.map(({ id }) => id))
    if (name !== undefined) return `duplicated output_variable_name '${name}' in inputs`
    return action === undefined ? undefined : `duplicated user action id '${action}'`
  },
}

const isMapping = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
const twin = (names) => names.find((name, at) => names.indexOf(name) !== at)
