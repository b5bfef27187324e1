import assert from 'node:assert/strict'
import { isStorageError, type StorageErrorCode } from '../../base/errors.js'
import {
  NO_HEAD,
  type Decision,
  type LabelMove,
  type PromptChange,
  type PromptHead,
  type VersionTransactions,
} from '../prompt-heads.js'
import {
  withStorage,
  type ConformancePlace,
  type ConformanceSubject,
  type TestBody,
} from './subject.js'
import type { Capability } from '../supports.js'
import type { VersionStore } from '../version-store.js'
import type { PromptVersion } from '../prompts/prompt-version.js'

export type Change = PromptChange<PromptVersion>

const AT = '2025-01-17T10:30:00.000Z'

/** The body of a test with a storage that has transactions, and what else it needs. */
export function transacting(
  subject: ConformanceSubject,
  body: (storage: VersionStore, place: ConformancePlace) => Promise<void>,
  needs: readonly Capability[] = [],
): TestBody {
  return withStorage(subject, body, ['labels', ...needs])
}

export function change(made: Change): Decision<PromptVersion, undefined> {
  return { changes: [made], result: undefined }
}

export function nothing(): Decision<never, undefined> {
  return { changes: [], result: undefined }
}

export function headOf(label: string, version: string): PromptHead {
  return { ...NO_HEAD, labels: { [label]: { version, at: AT, by: 'test', reason: null } } }
}

export function moveOf(label: string, from: string | null, to: string | null): LabelMove {
  return { label, from, to, by: 'test', reason: null, at: AT }
}

export function ends(moves: readonly LabelMove[]): string[] {
  return moves.map(({ from, to }) => `${from} ${to}`)
}

/** Moves the label `production`; false if it is not at `expected` any more. */
export async function moveLabel(
  storage: VersionTransactions,
  promptId: string,
  to: string,
  expected?: string,
): Promise<boolean> {
  return await storage.transact([promptId], ([view]) => {
    const from = view?.head?.labels['production']?.version ?? null
    if (expected !== undefined && from !== expected) return { changes: [], result: false }
    const head = headOf('production', to)
    const moves = [moveOf('production', from, to)]
    return { changes: [{ promptId, head, moves }], result: true }
  })
}

export function failsWith(
  code: StorageErrorCode,
  context: Readonly<Record<string, unknown>>,
): (error: unknown) => true {
  return (error) => {
    assert.ok(isStorageError(error, code), `expected ${code}, got ${String(error)}`)
    for (const [fact, value] of Object.entries(context))
      assert.deepEqual(error.context[fact], value)
    return true
  }
}
