import type { StorageErrorCode } from '../base/errors.js'
import type {
  SourceEvent,
  StoredDocument,
  TakenDocument,
  VersionName,
} from '../versions/source/document-source.js'
import type { ResolvedListOptions } from '../versions/version-storage.js'
import type { DriverName } from './driver.js'

/** What the thread of a database is started with. */
export interface DatabaseSettings {
  /** An absolute path. */
  readonly file: string
  /** Undefined: the first that is there. */
  readonly driver: DriverName | undefined
  /** How long a call waits for the locks of other connections. */
  readonly lockTimeoutMs: number
  readonly create: boolean
  readonly readOnly: boolean
}

/** Its first message: it is open, or why not. */
export type Opened =
  | { readonly driver: DriverName; readonly sqliteVersion: string }
  | { readonly failure: Failure }
  | { readonly missing: true }

/** A document to insert. */
export interface DocumentRow {
  readonly promptId: string
  readonly version: string
  readonly bytes: Uint8Array
  /** Undefined: the time of the commit. */
  readonly savedAt: string | null | undefined
}

/** The changes of one prompt; heads and entries of histories are JSON. */
export interface ChangeRow {
  readonly promptId: string
  readonly save: readonly DocumentRow[]
  readonly delete: readonly string[]
  readonly head: string | undefined
  readonly moves: readonly string[]
  readonly requires: readonly string[]
  /** Of a copy: what replaces the head and the history; undefined: `head` and `moves` are added to them. */
  readonly record?: RecordRow | undefined
}

/** A head and a history as JSON. */
export interface RecordRow {
  readonly head: string | undefined
  readonly history: readonly string[]
}

/** A prompt as a transaction reads it. `generation` is another one after each change of the head; 0 without a head. */
export interface ViewRow {
  readonly promptId: string
  readonly generation: number
  readonly head: string | null
  readonly versions: readonly string[]
}

export interface PastRow {
  readonly versions: readonly (readonly [version: string, savedAt: string | null])[]
  /** JSON. */
  readonly history: readonly string[]
}

/** Documents as columns: a message with an object and memory of its own for each costs more than to read them. */
export interface PackedDocuments {
  readonly versions: readonly string[]
  readonly savedAts: readonly (string | null)[]
  /** How many bytes each text has; -1 for a document that does not exist. */
  readonly lengths: readonly number[]
  /** The texts, one after the other. */
  readonly texts: Uint8Array
}

/** A document, and where it is. */
export interface PlacedDocument extends VersionName, StoredDocument {}

/** What can be asked of the thread of a database, and what it answers. */
export interface Operations {
  ids: { readonly ask: object; readonly answer: readonly string[] }
  pastIds: { readonly ask: object; readonly answer: readonly string[] }
  names: { readonly ask: { readonly promptId: string }; readonly answer: readonly string[] }
  /** A place in both lists for each document; the answer has the same places. */
  get: {
    readonly ask: { readonly promptIds: readonly string[]; readonly versions: readonly string[] }
    readonly answer: PackedDocuments
  }
  /** Documents by their places in the order of precedence: numbers and documents of one moment. */
  page: {
    readonly ask: { readonly promptId: string; readonly page: ResolvedListOptions }
    readonly answer: PackedDocuments
  }
  head: { readonly ask: { readonly promptId: string }; readonly answer: string | null }
  past: { readonly ask: { readonly promptId: string }; readonly answer: PastRow }
  views: {
    readonly ask: { readonly promptIds: readonly string[] }
    readonly answer: readonly ViewRow[]
  }
  knownSince: { readonly ask: object; readonly answer: string | null }
  /** The events come before the answer. */
  refresh: { readonly ask: object; readonly answer: undefined }
  /** The documents behind a version, in the order of ids and versions as texts. */
  documentsAfter: {
    readonly ask: { readonly after: VersionName; readonly limit: number }
    readonly answer: readonly PlacedDocument[]
  }
  /** What SQLite finds wrong with its file. */
  findings: { readonly ask: object; readonly answer: readonly string[] }
  /** Writes a copy into a new file. */
  copyTo: { readonly ask: { readonly file: string }; readonly answer: undefined }

  insert: {
    readonly ask: {
      readonly documents: readonly DocumentRow[]
      readonly present: readonly VersionName[]
    }
    readonly answer:
      | undefined
      | { readonly kind: 'taken'; readonly documents: readonly TakenDocument[] }
      | { readonly kind: 'missing' }
  }
  /** Whether the prompts were still as they were read. */
  commit: {
    readonly ask: { readonly read: readonly ReadPrompt[]; readonly changes: readonly ChangeRow[] }
    readonly answer: boolean
  }
  clear: { readonly ask: object; readonly answer: undefined }
  /** The fact as JSON; null removes it. */
  setKnownSince: { readonly ask: { readonly known: string | null }; readonly answer: undefined }
}

export interface ReadPrompt {
  readonly promptId: string
  readonly generation: number
}

export type Operation = keyof Operations
export type WriteOperation = 'insert' | 'commit' | 'clear' | 'setKnownSince'
export type ReadOperation = Exclude<Operation, WriteOperation>

export type Ask<Op extends Operation = Operation> = {
  [Each in Op]: { readonly op: Each } & Operations[Each]['ask']
}[Op]

/** One message to the thread: what was called since the one before. */
export interface Request<Op extends Operation = Operation> {
  readonly id: number
  readonly ask: Ask<Op>
}

/** A failed call, as data: errors lose their class between threads. */
export interface Failure {
  readonly code: StorageErrorCode
  readonly message: string
  readonly context: Readonly<Record<string, unknown>>
  readonly cause: { readonly code: string; readonly message: string } | undefined
}

export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: Failure }

/** One message from the thread. The events are in the order of the commits, and older than the answers. */
export interface Answers {
  readonly events: readonly SourceEvent[]
  readonly replies: readonly Reply[]
}

/** Whether what is asked changes the database. */
export function isWrite(request: Request): request is Request<WriteOperation> {
  const { op } = request.ask
  return op === 'insert' || op === 'commit' || op === 'clear' || op === 'setKnownSince'
}
