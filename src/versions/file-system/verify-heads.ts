import { isDamage, isStorageError, type StorageError } from '../../base/errors.js'
import { HEAD_FILE, isHeadFile } from '../../document/store-names.js'
import type { DirectoryEntry } from '../../engine/disk-port.js'
import type { LabelMove } from '../prompt-heads.js'
import { movesIn } from '../prompt-history.js'
import type { VersionDocument } from '../version-storage.js'
import { KIND_OF_REASON, type FindingKind } from './findings.js'
import type { ReadHead } from './head-files.js'
import type { OpenStore } from './open-store.js'
import { mayExist } from './version-files.js'
import { headPathIn, historyPathIn } from './store-layout.js'

interface HeadFinding {
  readonly kind: FindingKind
  readonly path: string
  readonly detail: string
  /** Whether the head is damaged or lost, so that a repair may write it again. */
  readonly isHeadLost?: boolean
}

/**
 * What is wrong with the head of a prompt and with its history: they are damaged, a label names a version that is
 * missing, or the history leads to other labels.
 */
export async function verifyHead<Version extends VersionDocument>(
  store: OpenStore<Version>,
  promptId: string,
  within: string,
  entries: readonly DirectoryEntry[],
): Promise<readonly HeadFinding[]> {
  const own = entries.filter(({ name }) => isHeadFile(name))
  const wrong = own.find(({ kind }) => kind !== 'file')
  if (wrong !== undefined)
    return [
      {
        kind: 'not-a-file',
        path: `${within}/${wrong.name}`,
        detail: 'is in the place of a file of labels; move it away',
      },
    ]
  const isElsewhere = own.every(({ name }) => name !== HEAD_FILE)
  if (own.length === 0 || (isElsewhere && (await isHeadBeside(store, promptId, within)))) return []
  return await findingsOf(store, promptId)
}

/** While a store is resharded, the head may be in one directory, where it is verified, and a part of its history here. */
async function isHeadBeside<Version extends VersionDocument>(
  { directory: { volume }, layout }: OpenStore<Version>,
  promptId: string,
  within: string,
): Promise<boolean> {
  for (const directory of layout.promptDirectories(promptId))
    if (directory !== within && (await volume.stat(headPathIn(directory))) !== undefined)
      return true
  return false
}

/** A label may be moved meanwhile: what was found counts only if the head is still the same. */
async function findingsOf<Version extends VersionDocument>(
  store: OpenStore<Version>,
  promptId: string,
): Promise<readonly HeadFinding[]> {
  const { heads, layout } = store
  for (;;) {
    try {
      const read = await heads.read(promptId)
      const found = [
        ...(await missingVersions(store, promptId, read)),
        ...(await historyFindings(store, promptId, read)),
      ]
      if (found.length === 0) return found
      const again = await heads.read(promptId)
      if (Buffer.from(again.bytes ?? []).equals(read.bytes ?? new Uint8Array(0))) return found
    } catch (error) {
      if (!isStorageError(error)) throw error
      return [findingOf(error, layout.headPaths(promptId)[0] ?? '')]
    }
  }
}

function findingOf(error: StorageError, head: string): HeadFinding {
  const path = String(error.context['path'] ?? head)
  const kind = isDamage(error) ? KIND_OF_REASON[String(error.context['reason'])] : undefined
  const isHeadLost = kind !== undefined && path.endsWith(`/${HEAD_FILE}`)
  return { kind: kind ?? 'unreadable', path, detail: error.message, isHeadLost }
}

async function missingVersions<Version extends VersionDocument>(
  { files }: OpenStore<Version>,
  promptId: string,
  { directory, head }: ReadHead,
): Promise<readonly HeadFinding[]> {
  const found: HeadFinding[] = []
  for (const [label, { version }] of Object.entries(head?.labels ?? {})) {
    if (await mayExist(files, promptId, version)) continue
    const detail = `label ${JSON.stringify(label)} names version ${version}, which does not exist`
    found.push({ kind: 'dangling-label', path: headPathIn(directory), detail })
  }
  return found
}

async function historyFindings<Version extends VersionDocument>(
  { heads }: OpenStore<Version>,
  promptId: string,
  { directory, head, history = 1, moves = 0 }: ReadHead,
): Promise<readonly HeadFinding[]> {
  const path = historyPathIn(directory, history)
  const find = (detail: string): HeadFinding => ({ kind: 'label-history', path, detail })
  if (head === undefined) return [{ ...find(`is there without '${HEAD_FILE}'`), isHeadLost: true }]
  const all = await heads.history(promptId)
  if (all.length !== moves)
    return [find(`the history has ${all.length} entries, and '${HEAD_FILE}' counts ${moves}`)]
  const wrong = [...lastMoves(movesIn(all))].find(
    ([label, to]) =>
      (Object.hasOwn(head.labels, label) ? head.labels[label]?.version : null) !== to,
  )
  if (wrong === undefined) return []
  const [label, to] = wrong
  return [
    find(
      `the last move of label ${JSON.stringify(label)} leads to ${to}, and '${HEAD_FILE}' says otherwise`,
    ),
  ]
}

function lastMoves(moves: readonly LabelMove[]): ReadonlyMap<string, string | null> {
  return new Map(moves.map(({ label, to }) => [label, to]))
}
