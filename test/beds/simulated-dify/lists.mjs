// What a list operator does: filter, take one, order, cut.
import { compare } from './conditions.mjs'
import { asText } from './variables.mjs'

export function operateOn(list, data, variables) {
  const { filter_by: filter, extract_by: extract, order_by: order, limit } = data
  let result = [...list]
  if (filter?.enabled === true) result = result.filter((item) => fits(item, filter, variables))
  if (extract?.enabled === true) result = [result[place(extract.serial, result, variables)]]
  if (order?.enabled === true) result = ordered(result, order)
  if (limit?.enabled === true) result = result.slice(0, limit.size)
  return { result, first_record: result[0] ?? null, last_record: result.at(-1) ?? null }
}

function fits(item, { conditions = [] }, variables) {
  return conditions.every(({ key, comparison_operator: operator, value }) => {
    const right = typeof value === 'string' ? variables.render(value) : value
    return compare(operator, key ? item?.[key] : item, right)
  })
}

/** From 1, as the editor counts. */
function place(serial, { length }, variables) {
  const number = Number(variables.render(serial))
  if (!Number.isInteger(number) || number < 1 || number > length)
    throw new Error(`Invalid serial index: must be between 1 and ${length}, got ${number}`)
  return number - 1
}

function ordered(list, { key, value }) {
  const of = (item) => (key ? item?.[key] : item)
  const sorted = list.toSorted((left, right) => order(of(left), of(right)))
  return value === 'desc' ? sorted.reverse() : sorted
}

const order = (left, right) =>
  typeof left === 'number' && typeof right === 'number'
    ? left - right
    : asText(left) < asText(right)
      ? -1
      : 1
