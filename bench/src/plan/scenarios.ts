import { SUBJECTS, type SubjectName } from './subjects.js'

const KIB = 1024
const MIB = 1024 * KIB

/** What one run does. */
export type Work =
  /** Documents one by one: `lanes` callers each wait for their save; `store`: versions that the store has before. */
  | {
      readonly kind: 'save'
      readonly lanes: number
      readonly processes: number
      readonly store?: number
    }
  /** Documents that were saved before, one at a time. */
  | { readonly kind: 'delete' }
  /** A number of documents in one transaction. */
  | { readonly kind: 'batch'; readonly documents: number }
  /** `cold`: the page cache was dropped; `hot`: the file is in it, but the subject keeps nothing; `cached`: as the subject comes. */
  | { readonly kind: 'read'; readonly what: Read; readonly from: 'cached' | 'hot' | 'cold' }
  /** Whole files of `bytes` bytes, one at a time. */
  | { readonly kind: 'file'; readonly bytes: number }
  /** The same, read from the page cache; the subject keeps nothing. */
  | { readonly kind: 'file-read'; readonly bytes: number }
  /** Saves by `lanes` callers, checkpoints included: how late the event loop gets to its timers. */
  | { readonly kind: 'loop-delay'; readonly lanes: number }
  /** A store that was closed, in a new process. */
  | { readonly kind: 'open'; readonly store: number }
  /** A store whose process was killed with `journalBytes` bytes in the journal, in a new process. */
  | { readonly kind: 'recover'; readonly journalBytes: number }

export type Read = 'get' | 'list' | 'latest' | 'latest-name'

/** Scenarios whose runs take turns with each other. */
export const GROUPS = [
  'saves',
  'reads',
  'delay',
  'files',
  'opens',
  'sizes',
  'recovery',
  'cold',
] as const
export type Group = (typeof GROUPS)[number]

export interface ScenarioPlan {
  readonly group: Group
  readonly title: string
  readonly work: Work
  readonly subjects: readonly SubjectName[]
  /** Also with --quick. */
  readonly quick: boolean
}

const HOLDFAST: readonly SubjectName[] = ['storage-native', 'storage-portable']
const DIRECTORIES: readonly SubjectName[] = ['directory-native', 'directory-portable']
const DATABASES: readonly SubjectName[] = ['better-sqlite3', 'node-sqlite', 'lmdb', 'classic-level']
const IN_C: readonly SubjectName[] = ['files-floor', 'files-unflushed']
/** What keeps files of any kind, and no documents. */
const FILE_STORES: readonly SubjectName[] = [
  'file-storage-native',
  'file-storage-portable',
  'unstorage-fs',
  'flydrive-fs',
  'fs-write-file',
]
const DOCUMENT_STORES = SUBJECTS.filter((subject) => !FILE_STORES.includes(subject))
const ON_DISK = DOCUMENT_STORES.filter((subject) => subject !== 'storage-memory')
const READERS = ON_DISK.filter((subject) => !IN_C.includes(subject))

const READ_TITLES: Readonly<Record<Read, string>> = {
  get: 'get, FROM',
  list: 'list of 50 versions, FROM',
  latest: 'latest version, FROM',
  'latest-name': 'number of the latest version',
}

export const SCENARIOS = {
  'save-1': saves(1, DOCUMENT_STORES),
  'save-4': saves(4, curve(), false),
  'save-16': saves(16, [...curve(), ...IN_C]),
  'save-64': saves(64, ON_DISK),
  'save-256': saves(256, curve(), false),
  'save-1024': saves(1024, [...curve(), ...IN_C]),
  'save-4x16': {
    group: 'saves',
    title: '16 at a time in each of 4 processes',
    work: { kind: 'save', lanes: 16, processes: 4 },
    subjects: ['storage-native', 'better-sqlite3', 'lmdb'],
    quick: true,
  },
  'batch-1000': {
    group: 'saves',
    title: 'one transaction of 1,000',
    work: { kind: 'batch', documents: 1000 },
    subjects: [...HOLDFAST, ...IN_C, ...DATABASES],
    quick: true,
  },
  'delete-1': {
    group: 'saves',
    title: 'delete, 1 at a time',
    work: { kind: 'delete' },
    subjects: HOLDFAST,
    quick: true,
  },
  'get-cached': reads('get', 'cached', [...HOLDFAST, 'storage-memory', 'keyv-file', 'seed-design']),
  'get-hot': reads('get', 'hot', READERS),
  'list-50': reads('list', 'hot', [
    ...HOLDFAST,
    'better-sqlite3',
    'node-sqlite',
    'lmdb',
    'seed-design',
  ]),
  latest: reads('latest', 'cached', [...HOLDFAST, 'storage-memory']),
  'latest-name': reads('latest-name', 'cached', [...HOLDFAST, 'storage-memory']),
  'get-cold': {
    ...reads('get', 'cold', [
      ...HOLDFAST,
      'raw-floor',
      ...DATABASES,
      'write-file-atomic',
      'cacache',
    ]),
    group: 'cold',
    quick: false,
  },
  'delay-64': {
    group: 'delay',
    title: 'event-loop delay, 64 at a time, checkpoints included',
    work: { kind: 'loop-delay', lanes: 64 },
    subjects: [...HOLDFAST, ...DATABASES, 'write-file-atomic', 'cacache', 'seed-design'],
    quick: true,
  },
  'file-1k': files(KIB),
  'file-16k': files(16 * KIB, false),
  'file-256k': files(256 * KIB),
  'file-4m': files(4 * MIB, false),
  'file-16m': files(16 * MIB, false),
  'file-64m': files(64 * MIB, false),
  'read-file-1k': fileReads(KIB),
  'read-file-256k': fileReads(256 * KIB, false),
  'read-file-16m': fileReads(16 * MIB),
  'open-20000': opens(20_000),
  'open-200000': opens(200_000, false),
  'open-500000': opens(500_000, false),
  'save-in-0': sized(0, ['storage-native', 'seed-design']),
  'save-in-20000': sized(20_000, ['storage-native', 'seed-design']),
  'save-in-200000': sized(200_000, ['storage-native'], false),
  'save-in-500000': sized(500_000, ['storage-native'], false),
  'recover-8m': recovers(8 * MIB, HOLDFAST, false),
  'recover-64m': recovers(64 * MIB, ['storage-native'], false),
} as const satisfies Readonly<Record<string, ScenarioPlan>>

export type ScenarioName = keyof typeof SCENARIOS
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as readonly ScenarioName[]

export function scenario(name: ScenarioName): ScenarioPlan {
  return SCENARIOS[name]
}

/** Who is measured at each of the numbers of callers; the others only at 1 and 64. */
function curve(): readonly SubjectName[] {
  return [...HOLDFAST, ...DATABASES, 'write-file-atomic']
}

function saves(lanes: number, subjects: readonly SubjectName[], quick = true): ScenarioPlan {
  const work = { kind: 'save', lanes, processes: 1 } as const
  return {
    group: 'saves',
    title: `${lanes.toLocaleString('en-US')} at a time`,
    work,
    subjects,
    quick,
  }
}

function sized(store: number, subjects: readonly SubjectName[], quick = true): ScenarioPlan {
  return {
    group: 'sizes',
    title: `1 at a time into ${store.toLocaleString('en-US')} versions`,
    work: { kind: 'save', lanes: 1, processes: 1, store },
    subjects,
    quick,
  }
}

function reads(
  what: Read,
  from: 'cached' | 'hot' | 'cold',
  subjects: readonly SubjectName[],
): ScenarioPlan {
  return {
    group: 'reads',
    title: READ_TITLES[what].replace('FROM', from),
    work: { kind: 'read', what, from },
    subjects,
    quick: true,
  }
}

function fileReads(bytes: number, quick = true): ScenarioPlan {
  const subjects: readonly SubjectName[] = ['directory-native', 'cacache', ...FILE_STORES]
  const title = `read of ${sizeOf(bytes)}`
  return { group: 'files', title, work: { kind: 'file-read', bytes }, subjects, quick }
}

function sizeOf(bytes: number): string {
  return bytes < MIB ? `${bytes / KIB} KiB` : `${bytes / MIB} MiB`
}

function files(bytes: number, quick = true): ScenarioPlan {
  const title = `file of ${sizeOf(bytes)}`
  const subjects: readonly SubjectName[] = [
    'raw-floor',
    ...DIRECTORIES,
    'write-file-atomic',
    'cacache',
    ...FILE_STORES,
  ]
  return { group: 'files', title, work: { kind: 'file', bytes }, subjects, quick }
}

function opens(store: number, quick = true): ScenarioPlan {
  const title = `open a store of ${store.toLocaleString('en-US')} versions`
  return { group: 'opens', title, work: { kind: 'open', store }, subjects: HOLDFAST, quick }
}

function recovers(
  journalBytes: number,
  subjects: readonly SubjectName[],
  quick = true,
): ScenarioPlan {
  const title = `recovery of a journal of ${journalBytes / MIB} MiB`
  return {
    group: 'recovery',
    title,
    work: { kind: 'recover', journalBytes },
    subjects,
    quick,
  }
}
