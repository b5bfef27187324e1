// The conditions of if-else nodes and loops.
import { asText } from './variables.mjs'

/** Whether all or any of the conditions hold, as `logical_operator` says. */
export function hold({ conditions = [], logical_operator: joined = 'and' }, variables) {
  const results = conditions.map((condition) => holds(condition, variables))
  return joined === 'or' ? results.some(Boolean) : results.every(Boolean)
}

function holds({ variable_selector: selector, comparison_operator: operator, value }, variables) {
  const left = variables.get(selector)
  const right = typeof value === 'string' ? variables.render(value) : value
  return compare(operator, left, right)
}

/** Whether two values compare as an operator says. Throws for an unknown operator. */
export function compare(operator, left, right) {
  const test = OPERATORS[operator]
  if (test === undefined) throw new Error(`Unknown comparison: ${operator}`)
  return test(left, right)
}

const isEmpty = (value) =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0)
const contains = (left, right) =>
  Array.isArray(left)
    ? left.map(asText).includes(asText(right))
    : asText(left).includes(asText(right))
export const OPERATORS = {
  contains,
  'not contains': (left, right) => !contains(left, right),
  'start with': (left, right) => asText(left).startsWith(asText(right)),
  'end with': (left, right) => asText(left).endsWith(asText(right)),
  is: (left, right) => asText(left) === asText(right),
  'is not': (left, right) => asText(left) !== asText(right),
  empty: isEmpty,
  'not empty': (left) => !isEmpty(left),
  null: (left) => left === null || left === undefined,
  'not null': (left) => left !== null && left !== undefined,
  exists: (left) => left !== undefined,
  'not exists': (left) => left === undefined,
  in: (left, right) => contains(right, left),
  'not in': (left, right) => !contains(right, left),
  '=': (left, right) => Number(left) === Number(right),
  '≠': (left, right) => Number(left) !== Number(right),
  '>': (left, right) => Number(left) > Number(right),
  '<': (left, right) => Number(left) < Number(right),
  '≥': (left, right) => Number(left) >= Number(right),
  '≤': (left, right) => Number(left) <= Number(right),
}
