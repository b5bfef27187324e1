/** What is measured. */
export const SCENARIOS = ['save-one', 'save-64', 'get-cached', 'get-hot'] as const
export type Scenario = (typeof SCENARIOS)[number]

/** Who is measured. */
export const SUBJECTS = [
  'raw-floor',
  'files-floor',
  'storage-native',
  'storage-portable',
  'directory-native',
  'directory-portable',
  'better-sqlite3',
  'write-file-atomic',
] as const
export type SubjectName = (typeof SUBJECTS)[number]

/** How the tables call them. */
export const SUBJECT_TITLES: Readonly<Record<SubjectName, string>> = {
  'raw-floor': 'floor: node:fs, nothing else',
  'files-floor': 'ceiling: the same files in C, nothing else',
  'storage-native': 'Holdfast `saveVersion` / `getVersion`, native',
  'storage-portable': 'Holdfast `saveVersion` / `getVersion`, portable',
  'directory-native': 'Holdfast `DurableDirectory`, native',
  'directory-portable': 'Holdfast `DurableDirectory`, portable',
  'better-sqlite3': 'better-sqlite3',
  'write-file-atomic': 'write-file-atomic',
}

/** One scenario of one subject: it has a process and a directory of its own. */
export interface Cell {
  readonly scenario: Scenario
  readonly subject: SubjectName
}

export function allCells(): readonly Cell[] {
  return SCENARIOS.flatMap((scenario) =>
    SUBJECTS.filter((subject) => takesPart(subject, scenario)).map((subject) => ({
      scenario,
      subject,
    })),
  )
}

/** Only Holdfast's storage keeps parsed documents, so only it has a cached read. */
function takesPart(subject: SubjectName, scenario: Scenario): boolean {
  if (subject === 'files-floor') return scenario === 'save-one' || scenario === 'save-64'
  return scenario !== 'get-cached' || subject.startsWith('storage-')
}

/** Callers that each wait for their save before they make the next one. */
export const LANES = 64

/** Documents that the reads go round in. */
export const READ_DOCUMENTS = 256

/** What one run of a cell measured. */
export interface Sample {
  readonly operations: number
  readonly elapsedMs: number
  /** Of single saves; reads are too short to be timed one by one. */
  readonly p50Us?: number
  readonly p99Us?: number
}

export type Request = { readonly kind: 'run'; readonly forMs: number } | { readonly kind: 'close' }

export type Answer =
  | { readonly kind: 'ready'; readonly settings: string }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'closed'; readonly closeMs: number }
