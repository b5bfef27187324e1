/** What kind of problem a finding of `doctor` is. */
export type DiagnosisKind =
  | 'file-system'
  | 'portable-disk'
  | 'read-only-mount'
  | 'no-writes'
  | 'space'
  | 'index-size'
  | 'quarantine'
  | 'background-errors'
  | 'moved'
  | 'resharding'
  | 'schema'
  | 'look-alikes'

/** A problem that `doctor` has found, and what to do about it. */
export interface DiagnosisFinding {
  readonly kind: DiagnosisKind
  /** One sentence. */
  readonly message: string
  /** What to do, as one sentence. */
  readonly remedy: string
  /** The arguments of `holdfast` that go with the remedy, without those that name the store; null if none does. */
  readonly command: readonly string[] | null
}

/** What the command of a remedy depends on. */
export interface FindingPlace {
  readonly storageDir: string
  /** Hex digits of the directories that the prompts are being moved to; 0 for none. */
  readonly shardDepth: number
}

interface Remedy {
  readonly remedy: string
  readonly command: (place: FindingPlace) => readonly string[] | null
}

const REMEDIES: Readonly<Record<DiagnosisKind, Remedy>> = {
  'file-system': {
    remedy: 'If that is not meant, back the store up, and restore it on another file system',
    command: ({ storageDir }) => ['backup', `${storageDir}.backup`],
  },
  'portable-disk': {
    remedy: 'If several processes need the store, see why the addon is not used',
    command: () => ['--version'],
  },
  'read-only-mount': {
    remedy: 'Mount the file system for writing, if the store is to be written',
    command: () => null,
  },
  'no-writes': {
    remedy: 'Remove the cause, close the store in every process, open it again, and check it',
    command: () => ['verify'],
  },
  space: {
    remedy: 'Make space on that file system; old versions can go, and this lists them',
    command: () => ['gc', '--keep-last', '10', '--dry-run'],
  },
  'index-size': {
    remedy: 'Try how the store moves into a database',
    command: ({ storageDir }) => [
      'migrate',
      '--from',
      `file:${storageDir}`,
      '--to',
      `sqlite:${storageDir}.db`,
      '--dry-run',
    ],
  },
  quarantine: {
    remedy: 'See whether anything else is damaged, then restore or remove what was put aside',
    command: () => ['verify'],
  },
  'background-errors': {
    remedy: 'The channel holdfast:background-error says what failed; check every file',
    command: () => ['verify'],
  },
  moved: {
    remedy: 'Close the store in every process, and open it where the directory is now',
    command: () => null,
  },
  resharding: {
    remedy: 'If no process is resharding it now, complete that',
    command: ({ shardDepth }) =>
      shardDepth === 0 ? ['reshard', '--none'] : ['reshard', '--depth', String(shardDepth)],
  },
  schema: {
    remedy: 'Let every program name the same schema; this finds documents that do not fit',
    command: () => ['verify', '--validate'],
  },
  'look-alikes': {
    remedy: 'Delete or rename what was not meant; this lists all ids with their code points',
    command: () => ['ids', '--json'],
  },
}

/** A finding with the remedy of its kind. */
export function finding(
  kind: DiagnosisKind,
  message: string,
  place: FindingPlace,
): DiagnosisFinding {
  const { remedy, command } = REMEDIES[kind]
  return { kind, message, remedy, command: command(place) }
}
