/** Who is measured. Holdfast first, then what no store can pass, then others. */
export const SUBJECTS = [
  'storage-native',
  'storage-portable',
  'storage-memory',
  'directory-native',
  'directory-portable',
  'files-floor',
  'files-unflushed',
  'raw-floor',
  'better-sqlite3',
  'node-sqlite',
  'lmdb',
  'classic-level',
  'write-file-atomic',
  'cacache',
  'keyv-file',
  'seed-design',
  'file-storage-native',
  'file-storage-portable',
  'unstorage-fs',
  'flydrive-fs',
  'fs-write-file',
] as const
export type SubjectName = (typeof SUBJECTS)[number]

export interface SubjectPlan {
  /** In tables. */
  readonly title: string
  /** In charts, where room is short. */
  readonly label: string
  /** The same in every chart. */
  readonly colour: string
  /** What is on the medium when a save is acknowledged. */
  readonly acknowledged: 'all flushed' | 'content flushed, its name not' | 'nothing flushed'
}

/** Holdfast blue, what bounds it grey, databases warm, plain files green and brown. */
export const SUBJECT_PLANS: Readonly<Record<SubjectName, SubjectPlan>> = {
  'storage-native': {
    title: 'Holdfast `FileSystemStorage`, native',
    label: 'Holdfast, native',
    colour: '#0b4f9e',
    acknowledged: 'all flushed',
  },
  'storage-portable': {
    title: 'Holdfast `FileSystemStorage`, pure JavaScript',
    label: 'Holdfast, pure JS',
    colour: '#58a6e0',
    acknowledged: 'all flushed',
  },
  'storage-memory': {
    title: 'Holdfast `InMemoryStorage`',
    label: 'Holdfast, in memory',
    colour: '#9d8df1',
    acknowledged: 'nothing flushed',
  },
  'directory-native': {
    title: 'Holdfast `DurableDirectory`, native',
    label: 'Directory, native',
    colour: '#15857c',
    acknowledged: 'all flushed',
  },
  'directory-portable': {
    title: 'Holdfast `DurableDirectory`, pure JavaScript',
    label: 'Directory, pure JS',
    colour: '#6fc7b8',
    acknowledged: 'all flushed',
  },
  'files-floor': {
    title: 'C: journal, flush, the same files',
    label: 'C: journal + files',
    colour: '#4a4a4a',
    acknowledged: 'all flushed',
  },
  'files-unflushed': {
    title: 'C: the same files, no flush',
    label: 'C: files, no flush',
    colour: '#a3a3a3',
    acknowledged: 'nothing flushed',
  },
  'raw-floor': {
    title: '`node:fs`: one log, one flush',
    label: 'node:fs',
    colour: '#7a6a8f',
    acknowledged: 'all flushed',
  },
  'better-sqlite3': {
    title: 'better-sqlite3',
    label: 'better-sqlite3',
    colour: '#c8102e',
    acknowledged: 'all flushed',
  },
  'node-sqlite': {
    title: '`node:sqlite`',
    label: 'node:sqlite',
    colour: '#f2777a',
    acknowledged: 'all flushed',
  },
  lmdb: { title: 'lmdb', label: 'lmdb', colour: '#e8871e', acknowledged: 'all flushed' },
  'classic-level': {
    title: 'classic-level',
    label: 'classic-level',
    colour: '#c9a800',
    acknowledged: 'all flushed',
  },
  'write-file-atomic': {
    title: 'write-file-atomic',
    label: 'write-file-atomic',
    colour: '#2f8f2f',
    acknowledged: 'content flushed, its name not',
  },
  cacache: {
    title: 'cacache',
    label: 'cacache',
    colour: '#8a5a2b',
    acknowledged: 'nothing flushed',
  },
  'keyv-file': {
    title: 'keyv-file',
    label: 'keyv-file',
    colour: '#d58ab5',
    acknowledged: 'nothing flushed',
  },
  'seed-design': {
    title: 'lock file, temp + fsync + rename, index rewritten',
    label: 'rewritten index',
    colour: '#7b3fa0',
    acknowledged: 'content flushed, its name not',
  },
  'file-storage-native': {
    title: 'Holdfast `FileStorage`, native',
    label: 'FileStorage, native',
    colour: '#133c7a',
    acknowledged: 'all flushed',
  },
  'file-storage-portable': {
    title: 'Holdfast `FileStorage`, pure JavaScript',
    label: 'FileStorage, pure JS',
    colour: '#7fb2ff',
    acknowledged: 'all flushed',
  },
  'unstorage-fs': {
    title: 'unstorage, fs driver',
    label: 'unstorage',
    colour: '#a8b400',
    acknowledged: 'nothing flushed',
  },
  'flydrive-fs': {
    title: 'flydrive, fs driver',
    label: 'flydrive',
    colour: '#ff9f4a',
    acknowledged: 'nothing flushed',
  },
  'fs-write-file': {
    title: '`fs.writeFile`',
    label: 'fs.writeFile',
    colour: '#bdbdbd',
    acknowledged: 'nothing flushed',
  },
}
