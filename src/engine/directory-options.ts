import { constants } from 'node:buffer'
import {
  option,
  resolveOptions,
  type NameOf,
  type OptionTable,
  type Resolved,
} from '../base/option-table.js'
import type { RetryRule } from '../base/retry.js'
import { outOfRange, wrongArgument } from '../base/misuse.js'
import {
  isNativeBinding,
  NATIVE_BINDING_EXPECTED,
  type NativeBinding,
} from '../disk/native/load-binding.js'
import type { DiskChoice } from '../disk/choose-disk.js'
import type { Disk } from '../disk/disk.js'
import { SEGMENT_BYTES_MAX } from '../format/frame.js'
import {
  booleanOption,
  choice,
  flag,
  integer,
  integerOption,
  pathOption,
  rejectUnknown,
  retryOption,
  shown,
  type RetryOptions,
} from '../base/options.js'

/**
 * What an acknowledged commit survives.
 * `commit`: everything, loss of power included; the flush comes before the acknowledgement.
 * `interval`: the end of every process, kill -9 included; loss of power may take the last `flushIntervalMs`.
 * `none`: the end of every process; loss of power may take all since the last checkpoint.
 */
export type Durability = 'commit' | 'interval' | 'none'

export interface DirectoryOptions {
  /** Default `'commit'`. */
  readonly durability?: Durability | undefined
  /** How often `interval` durability flushes, in ms. Default 1000. */
  readonly flushIntervalMs?: number | undefined
  /** How long a commit waits for the writer lock, in ms. Default 10000; 0 tries once. */
  readonly lockTimeoutMs?: number | undefined
  /** How long any disk operation may take, in ms, before it is answered with FS-TIMEOUT-001; a commit may take
   * `lockTimeoutMs` longer. Default 30000; 0: forever. */
  readonly ioTimeoutMs?: number | undefined
  /** How often temporary failures are retried; false: never. */
  readonly retry?: RetryOptions | false | undefined
  /**
   * `'auto'`: the addon where it loads, else node:fs (one process only), with the warning HOLDFAST_PORTABLE. Default:
   * the value of the variable HOLDFAST_NATIVE, else `'auto'`. Tests pass a Disk.
   */
  readonly disk?: DiskChoice | Disk | undefined
  /**
   * An addon instead of the package's own: the absolute path of a binary, or what `require` returns for one. With it,
   * there is no fallback to the portable disk. Default: that of HOLDFAST_NATIVE, else the package's own.
   */
  readonly nativeBinding?: NativeBinding | undefined
  /** False: a directory that is not a store fails with FS-FORMAT-001 instead of becoming one. Default true. */
  readonly create?: boolean | undefined
  /**
   * Opens a store for reading, even while other processes have it open: no lock is taken, nothing is written, and this
   * process does not need write permission. Saves fail with FS-READONLY-001. Implies `create: false`. Default false.
   */
  readonly readOnly?: boolean | undefined
  /** Bytes of one journal segment. Default 4 MiB, less where the disk has little room. */
  readonly segmentBytes?: number | undefined
  /** A checkpoint begins when the journal has grown by this many bytes. Default 32 MiB. */
  readonly journalBytes?: number | undefined
  /** A checkpoint begins when nothing was committed for this long, in ms. Default 2000. */
  readonly checkpointIdleMs?: number | undefined
  /** Permission bits of new files. Default 0o600. */
  readonly fileMode?: number | undefined
  /** Permission bits of new directories, 0o2000 (setgid) among them. Default 0o700. */
  readonly directoryMode?: number | undefined
  /** Allows a network file system, where locks may not exclude and power cuts hit another machine. Default false. */
  readonly allowNetworkFileSystem?: boolean | undefined
  /** Allows a store in a directory that every user may write to, with any owner. Default false. */
  readonly allowWorldWritable?: boolean | undefined
  /** Makes a directory that holds other files a store, too. Default false: that is refused with FS-FORMAT-001. */
  readonly adopt?: boolean | undefined
  /** Opens a store whose journal is damaged: the readable part is applied, the damaged segments go to quarantine. */
  readonly repairJournal?: boolean | undefined
}

export type ResolvedDirectoryOptions = CheckedDirectoryOptions & {
  /** See `StoreClaim`. */
  readonly storeFiles: readonly string[]
}

export type CheckedDirectoryOptions = Resolved<
  DirectoryOptions,
  { readonly retry: RetryRule; readonly nativeBinding: NativeBinding | undefined }
>

const KIB = 1024
const MIB = 1024 * KIB
const HOUR_MS = 3_600_000
/** With it, new files and directories have the group of their directory. */
const SETGID = 0o2000

export const DIRECTORY_OPTIONS: OptionTable<CheckedDirectoryOptions> = {
  durability: option('commit', choice(['commit', 'interval', 'none'])),
  flushIntervalMs: option(1000, integer(1, HOUR_MS)),
  lockTimeoutMs: option(10_000, integer(0, HOUR_MS)),
  ioTimeoutMs: option(30_000, integer(0, HOUR_MS)),
  retry: retryOption,
  disk: option('auto', diskOption),
  nativeBinding: option(undefined, bindingOption),
  create: (name, given, { readOnly }) => booleanOption(name, given, readOnly !== true),
  readOnly: option(false, flag),
  segmentBytes: option(4 * MIB, integer(64 * KIB, SEGMENT_BYTES_MAX)),
  journalBytes: option(32 * MIB, integer(64 * KIB, 4096 * MIB)),
  checkpointIdleMs: option(2000, integer(1, HOUR_MS)),
  fileMode: option(0o600, mode({ min: 0o400, max: 0o777 })),
  directoryMode: option(0o700, mode({ min: 0o500, max: 0o777, setgid: SETGID })),
  allowNetworkFileSystem: option(false, flag),
  allowWorldWritable: option(false, flag),
  adopt: option(false, flag),
  repairJournal: option(false, flag),
}

export const DIRECTORY_OPTION_NAMES = Object.keys(
  DIRECTORY_OPTIONS,
) as readonly (keyof DirectoryOptions)[]

/** Every default of the engine, once. @throws TypeError or RangeError that names the option */
export function resolveDirectoryOptions(given: DirectoryOptions = {}): CheckedDirectoryOptions {
  rejectUnknown(given, DIRECTORY_OPTION_NAMES, 'DurableDirectory.open')
  const options = resolveOptions(DIRECTORY_OPTIONS, given)
  checkTogether(options)
  return Object.freeze(options)
}

/** @throws TypeError for options that exclude each other */
export function checkTogether(
  options: Pick<CheckedDirectoryOptions, 'create' | 'disk' | 'nativeBinding' | 'readOnly'>,
  nameOf: NameOf = (option) => option,
): void {
  const { create, disk, nativeBinding, readOnly } = options
  if (readOnly && create)
    throw wrongArgument(
      `Option "${nameOf('readOnly')}": true cannot make a store: leave out "create": true`,
    )
  if (nativeBinding !== undefined && disk !== 'auto' && disk !== 'native')
    throw wrongArgument(
      `Option "disk" names a disk that loads no addon: leave out "${nameOf('nativeBinding')}"`,
    )
}

/** @throws TypeError for a value that is neither a path nor a `file:` URL */
export function directoryPath(directory: unknown): string {
  return pathOption('directory', directory)
}

function diskOption(name: string, given: unknown): DiskChoice | Disk {
  // Tests and simulations bring a disk of their own.
  if (typeof given === 'object' && given !== null) return given as Disk
  return choice(['auto', 'native', 'portable'])(name, given)
}

function bindingOption(name: string, given: unknown): NativeBinding {
  if (isNativeBinding(given)) return given
  throw wrongArgument(`Option "${name}" must be ${NATIVE_BINDING_EXPECTED}, got ${shown(given)}`)
}

interface ModeRule {
  readonly min: number
  readonly max: number
  readonly setgid?: number
}

/** Permission bits, which are read and written in octal. */
function mode({ min, max, setgid = 0 }: ModeRule): (name: string, given: unknown) => number {
  return (name, given) => {
    const octal = (bits: number): string => `0o${bits.toString(8)}`
    const got = typeof given === 'number' && Number.isInteger(given) ? octal(given) : String(given)
    const plus = setgid === 0 ? '' : `, with or without ${octal(setgid)} (setgid)`
    const expected = `Option "${name}" must be permission bits from ${octal(min)} to ${octal(max)}${plus}, got ${got}`
    if (typeof given !== 'number' || !Number.isInteger(given)) throw wrongArgument(expected)
    const bits = given & ~setgid
    if (bits < min || bits > max) throw outOfRange(expected)
    return given
  }
}

export interface ReadOptions {
  /**
   * Most bytes that the file may have, 0 to `buffer.constants.MAX_LENGTH` (4 GiB in Node 20); default: 1 GiB. A longer
   * file fails with FS-LOAD-002 and `error: 'EFBIG'`: read it in pieces, with `openFile`.
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
