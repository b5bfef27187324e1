import { constants } from 'node:buffer'
import { integerOption, rejectUnknown } from '../base/options.js'

export interface ReadOptions {
  /**
   * How many bytes the file may have, 0 to `buffer.constants.MAX_LENGTH` (4 GiB in Node 20); default: 1 GiB. A longer
   * one is FS-LOAD-002 with `error: 'EFBIG'`: read it in pieces, with `openFile`.
   */
  readonly maxBytes?: number | undefined
}

const BYTES_MAX_DEFAULT = 1024 ** 3

/** @throws TypeError or RangeError for a wrong option */
export function resolveMaxBytes(options: ReadOptions | undefined): number {
  if (options === undefined) return BYTES_MAX_DEFAULT
  rejectUnknown(options, ['maxBytes'], 'read')
  const rule = { min: 0, max: constants.MAX_LENGTH, default: BYTES_MAX_DEFAULT }
  return integerOption('maxBytes', options.maxBytes, rule)
}
