import { integerOption, oneOf, rejectUnknown } from '../base/options.js'
import type { ListOptions } from './version-storage.js'

/** ListOptions with nothing left open. */
export interface ResolvedListOptions {
  readonly limit: number
  readonly offset: number
  readonly order: 'ascending' | 'descending'
}

/** @throws TypeError, RangeError for anything that is no list option */
export function resolveListOptions(
  options: ListOptions | undefined,
  where: string,
): ResolvedListOptions {
  rejectUnknown(options, ['limit', 'offset', 'order'], where)
  const count = { min: 0, max: Number.MAX_SAFE_INTEGER }
  return Object.freeze({
    limit: integerOption('limit', options?.limit, { ...count, default: Number.MAX_SAFE_INTEGER }),
    offset: integerOption('offset', options?.offset, { ...count, default: 0 }),
    order: resolveOrder(options?.order),
  })
}

const ORDERS = ['ascending', 'descending', 'asc', 'desc'] as const

function resolveOrder(given: ListOptions['order']): ResolvedListOptions['order'] {
  const order = oneOf('order', given, ORDERS, 'ascending')
  return order === 'asc' || order === 'ascending' ? 'ascending' : 'descending'
}

/** The asked part of an ascending list, as a new frozen array. */
export function pageOf<Item>(
  ascending: readonly Item[],
  options: ResolvedListOptions,
): readonly Item[] {
  const { limit, offset, order } = options
  const size = Math.max(0, Math.min(limit, ascending.length - offset))
  if (order === 'ascending') return Object.freeze(ascending.slice(offset, offset + size))
  const end = ascending.length - offset
  return Object.freeze(ascending.slice(Math.max(0, end - size), Math.max(0, end)).reverse())
}
