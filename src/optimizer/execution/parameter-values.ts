import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import type { JsonValue } from '../../document/json.js'
import type { InputParameter, NumberRange } from '../models/data-set.js'

/** The most values that a range may stand for. */
const RANGE_VALUES_MAX = 10_000
/** Sums of steps are rounded to this many digits, since 0.1 + 0.2 is not 0.3. */
const DIGITS = 12

/**
 * The values that a parameter takes, in a fixed order: those that are listed, then those of its range, its files and its
 * JSON; true and false for a `bool` that lists none; its default if there is nothing else.
 *
 * @throws TypeError for a parameter without any value, and for a `json_template` that is not JSON
 */
export function parameterValues(name: string, parameter: InputParameter): readonly JsonValue[] {
  const { type, values, range, file_pool: files, json_template: json } = parameter
  const all = [
    ...((values ?? []) as readonly JsonValue[]),
    ...(range === undefined ? [] : rangeValues(name, range, type === 'int')),
    ...(files ?? []),
    ...(json === undefined ? [] : [parsed(name, json)]),
  ]
  if (all.length > 0) return all
  if (parameter.default !== undefined) return [parameter.default as JsonValue]
  if (type === 'bool') return [true, false]
  throw wrongArgument(
    `Parameter "${name}" has no values; expected "values", "range", "file_pool", "json_template" or "default"`,
  )
}

/** From `min` to `max`, both included if the steps reach it. */
function rangeValues(name: string, { min, max, step }: NumberRange, isWhole: boolean): number[] {
  const count = Math.floor(rounded((max - min) / step)) + 1
  if (count > RANGE_VALUES_MAX)
    throw wrongArgument(
      `The range of parameter "${name}" has ${count} values; expected at most ${RANGE_VALUES_MAX}`,
    )
  const values = Array.from({ length: count }, (_, index) => rounded(min + index * step))
  if (isWhole && !values.every(Number.isInteger))
    throw wrongArgument(`The range of parameter "${name}" of type int has fractions`)
  return values
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS))
}

function parsed(name: string, json: string): JsonValue {
  try {
    return JSON.parse(json) as JsonValue
  } catch (cause) {
    throw wrongArgument(`"json_template" of parameter "${name}" is not JSON: ${shown(json)}`, {
      cause,
    })
  }
}
