import { wrongArgument } from '../base/misuse.js'
import type { FileStorageConfig } from '../files/config.js'
import { isFileKey } from '../files/key.js'
import { FileStorage } from '../files/file-storage.js'
import { fromSeedConfig } from '../files/seed-config.js'
import { booleanOption, rejectUnknown, shown } from '../base/options.js'

/** Longest `base`, in bytes of UTF-8: half of the limit for a key of files. */
const BASE_BYTES_MAX = 512
/** Adapters have entries that expire, and no caller that sweeps them. */
const SWEEP_INTERVAL_SECONDS = 3600

interface BaseOption {
  /** The path in the storage that holds all entries, such as `cache/pages`. Default '': the root. */
  readonly base?: string | undefined
}

/** A storage that is open already. */
export interface GivenStorage extends BaseOption {
  readonly storage: FileStorage
  /** Whether the adapter closes it when it is done. Default false. */
  readonly closeStorage?: boolean | undefined
}

/**
 * The configuration of a storage of the adapter's own, see `FileStorage.open`. It is opened by the first call and
 * closed by the adapter. Unlike there, `sweepIntervalSeconds` is 3600 by default.
 */
export type OwnStorage = FileStorageConfig & BaseOption

/** Where an adapter keeps its entries. */
export type AdapterOptions = GivenStorage | OwnStorage

/** The options with every default. */
export interface ResolvedAdapterOptions {
  readonly storage: FileStorage
  readonly closeStorage: boolean
  readonly base: string
}

/** @throws TypeError or RangeError for an unknown or wrong option */
export function resolveAdapterOptions(
  given: AdapterOptions,
  where: string,
): ResolvedAdapterOptions {
  if (isGivenStorage(given)) {
    rejectUnknown(given, ['storage', 'closeStorage', 'base'], where)
    if (!isFileStorage(given.storage))
      throw wrongArgument(`Option "storage" must be a FileStorage, got ${shown(given.storage)}`)
    const closeStorage = booleanOption('closeStorage', given.closeStorage, false)
    return { storage: given.storage, closeStorage, base: baseOption(given.base) }
  }
  const { options } = fromSeedConfig(given, where, ['storage', 'base'])
  const { base, ...config } = given
  const sweeps = options.sweepIntervalSeconds !== undefined
  const storage = new FileStorage(
    sweeps ? config : { ...config, sweepIntervalSeconds: SWEEP_INTERVAL_SECONDS },
  )
  return { storage, closeStorage: true, base: baseOption(base) }
}

/** The methods that an adapter calls. They identify a storage, which may come from another copy of the package. */
const METHODS = [
  'close',
  'delete',
  'deleteMany',
  'exists',
  'existsMany',
  'files',
  'retrieve',
  'retrieveMany',
  'stat',
  'store',
  'storeMany',
  'storeStream',
]

function isFileStorage(value: unknown): value is FileStorage {
  if (typeof value !== 'object' || value === null) return false
  return METHODS.every((name) => typeof Reflect.get(value, name) === 'function')
}

/** By the key alone: `storage: undefined` is a mistake, not a request for another storage. */
function isGivenStorage(given: AdapterOptions): given is GivenStorage {
  return typeof given === 'object' && given !== null && 'storage' in given
}

function baseOption(base: unknown): string {
  if (base === undefined || base === '') return ''
  if (isFileKey(base) && Buffer.byteLength(base) <= BASE_BYTES_MAX) return base
  const expected = `a path of at most ${BASE_BYTES_MAX} bytes of UTF-8 without NUL, of segments that are not empty, "." or ".."`
  throw wrongArgument(`Option "base" must be ${expected}, got ${shown(base)}`)
}
