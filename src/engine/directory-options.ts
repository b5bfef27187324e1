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
  integerOption,
  oneOf,
  pathOption,
  rejectUnknown,
  retryOption,
  type RetryOptions,
  shown,
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
   * `lockTimeoutMs` longer. Default 30000; 0: for ever. */
  readonly ioTimeoutMs?: number | undefined
  /** How often what fails for a moment is tried again; false: never. */
  readonly retry?: RetryOptions | false | undefined
  /**
   * `'auto'` takes the addon where it loads, else node:fs (one process only), which the warning HOLDFAST_PORTABLE tells.
   * Default: as the variable HOLDFAST_NATIVE says, else `'auto'`. Tests pass a Disk.
   */
  readonly disk?: DiskChoice | Disk | undefined
  /**
   * The addon in place of the package's own: the absolute path of a binary, or what `require` gives for one. With it,
   * the portable disk does not stand in. Default: as HOLDFAST_NATIVE says, else the package's own.
   */
  readonly nativeBinding?: NativeBinding | undefined
  /** False: a directory that is no store fails with FS-FORMAT-001 instead of becoming one. Default true. */
  readonly create?: boolean | undefined
  /**
   * Opens a store to read it, beside any process that has it open: no lock is taken, nothing is written, and the
   * directory may be one that this process cannot write. Saves fail with FS-READONLY-001. As `create: false`. Default false.
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
  /** Allows a store on a network file system, where locks may not exclude and power cuts are not ours. Default false. */
  readonly allowNetworkFileSystem?: boolean | undefined
  /** Allows a store in a directory that every user may write to, whoever owns it. Default false. */
  readonly allowWorldWritable?: boolean | undefined
  /** Makes a directory that holds other files a store, too. Default false: that is refused with FS-FORMAT-001. */
  readonly adopt?: boolean | undefined
  /** Opens although the journal is damaged: what can be read is applied, the damaged segments go to quarantine. */
  readonly repairJournal?: boolean | undefined
}

export interface ResolvedDirectoryOptions {
  /** See `StoreClaim`. */
  readonly storeFiles: readonly string[]
  readonly durability: Durability
  readonly flushIntervalMs: number
  readonly lockTimeoutMs: number
  readonly ioTimeoutMs: number
  readonly retry: RetryRule
  readonly disk: DiskChoice | Disk
  readonly nativeBinding: NativeBinding | undefined
  readonly create: boolean
  readonly readOnly: boolean
  readonly segmentBytes: number
  readonly journalBytes: number
  readonly checkpointIdleMs: number
  readonly fileMode: number
  readonly directoryMode: number
  readonly allowNetworkFileSystem: boolean
  readonly allowWorldWritable: boolean
  readonly adopt: boolean
  readonly repairJournal: boolean
}

const KIB = 1024
const MIB = 1024 * KIB
const FILE_MODE = { min: 0o400, max: 0o777, default: 0o600 }
/** With setgid, new files and directories have the group of their directory. */
const DIRECTORY_MODE = { min: 0o500, max: 0o777, default: 0o700, setgid: 0o2000 }
const HOUR_MS = 3_600_000

export const DIRECTORY_OPTION_NAMES: readonly (keyof DirectoryOptions)[] = [
  'durability',
  'flushIntervalMs',
  'lockTimeoutMs',
  'ioTimeoutMs',
  'retry',
  'disk',
  'nativeBinding',
  'create',
  'readOnly',
  'segmentBytes',
  'journalBytes',
  'checkpointIdleMs',
  'fileMode',
  'directoryMode',
  'allowNetworkFileSystem',
  'allowWorldWritable',
  'adopt',
  'repairJournal',
]

/** @throws TypeError for what is neither a path nor the `file:` URL of one */
export function directoryPath(directory: unknown): string {
  return pathOption('directory', directory)
}

function resolveDisk(
  given: DirectoryOptions,
): Pick<ResolvedDirectoryOptions, 'disk' | 'nativeBinding'> {
  const { nativeBinding } = given
  const disk =
    typeof given.disk === 'object'
      ? given.disk
      : oneOf('disk', given.disk, ['auto', 'native', 'portable'], 'auto')
  if (nativeBinding === undefined) return { disk, nativeBinding }
  if (!isNativeBinding(nativeBinding))
    throw wrongArgument(
      `Option "nativeBinding" must be ${NATIVE_BINDING_EXPECTED}, got ${shown(nativeBinding)}`,
    )
  if (disk !== 'auto' && disk !== 'native')
    throw wrongArgument('Option "disk" names a disk that loads no addon: leave out "nativeBinding"')
  return { disk, nativeBinding }
}

/** Every default of the engine, once. Throws a TypeError or RangeError that names the option. */
export function resolveDirectoryOptions(
  given: DirectoryOptions = {},
): Omit<ResolvedDirectoryOptions, 'storeFiles'> {
  rejectUnknown(given, DIRECTORY_OPTION_NAMES, 'DurableDirectory.open')
  const integer = (
    name: keyof DirectoryOptions,
    min: number,
    max: number,
    fallback: number,
  ): number => integerOption(name, given[name], { min, max, default: fallback })
  const readOnly = booleanOption('readOnly', given.readOnly, false)
  const create = booleanOption('create', given.create, !readOnly)
  if (readOnly && create)
    throw wrongArgument('Option "readOnly": true cannot make a store: leave out "create": true')
  return Object.freeze({
    durability: oneOf('durability', given.durability, ['commit', 'interval', 'none'], 'commit'),
    flushIntervalMs: integer('flushIntervalMs', 1, HOUR_MS, 1000),
    lockTimeoutMs: integer('lockTimeoutMs', 0, HOUR_MS, 10_000),
    ioTimeoutMs: integer('ioTimeoutMs', 0, HOUR_MS, 30_000),
    retry: retryOption('retry', given.retry),
    ...resolveDisk(given),
    create,
    readOnly,
    segmentBytes: integer('segmentBytes', 64 * KIB, SEGMENT_BYTES_MAX, 4 * MIB),
    journalBytes: integer('journalBytes', 64 * KIB, 4096 * MIB, 32 * MIB),
    checkpointIdleMs: integer('checkpointIdleMs', 1, HOUR_MS, 2000),
    fileMode: modeOption('fileMode', given.fileMode, FILE_MODE),
    directoryMode: modeOption('directoryMode', given.directoryMode, DIRECTORY_MODE),
    allowNetworkFileSystem: booleanOption(
      'allowNetworkFileSystem',
      given.allowNetworkFileSystem,
      false,
    ),
    allowWorldWritable: booleanOption('allowWorldWritable', given.allowWorldWritable, false),
    adopt: booleanOption('adopt', given.adopt, false),
    repairJournal: booleanOption('repairJournal', given.repairJournal, false),
  })
}

interface ModeRule {
  readonly min: number
  readonly max: number
  readonly default: number
  readonly setgid?: number
}

/** Permission bits, which are read and written in octal. */
function modeOption(name: string, value: number | undefined, rule: ModeRule): number {
  const { setgid = 0 } = rule
  const bits = typeof value === 'number' ? value & ~setgid : value
  if (value === undefined) return rule.default
  const octal = (mode: number): string => `0o${mode.toString(8)}`
  const got = typeof value === 'number' && Number.isInteger(value) ? octal(value) : String(value)
  const plus = setgid === 0 ? '' : `, with or without ${octal(setgid)} (setgid)`
  const expected = `Option "${name}" must be permission bits from ${octal(rule.min)} to ${octal(rule.max)}${plus}, got ${got}`
  if (typeof bits !== 'number' || !Number.isInteger(value)) throw wrongArgument(expected)
  if (bits < rule.min || bits > rule.max) throw outOfRange(expected)
  return value
}
