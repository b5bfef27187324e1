import type { PromptVersion } from '../prompts/prompt-version.js'
import type { TextPrompt } from '../prompts/prompt.js'
import type { Coherence } from '../source/document-source.js'
import { SUPPORTS_ALL, type Capability, type Supports } from '../supports.js'
import type { VersionStorage } from '../version-storage.js'
import type { VersionStore } from '../version-store.js'

/** A storage under test: the six methods, and what its subject says it supports. */
export type StorageUnderTest = VersionStorage & Partial<VersionStore>

/** The place of a storage: a directory, a database. */
export interface ConformancePlace {
  /** Opens the storage at this place; called again after a close for a persistent one. */
  open(): Promise<StorageUnderTest>
  /**
   * Makes the next `times` calls that read, or that change something, fail temporarily; absent: calls never fail
   * temporarily here.
   */
  failNext?(kind: 'read' | 'change', times: number): void
}

/** The storage under test. */
export interface ConformanceSubject {
  readonly name: string
  /** Whether a storage opened again at the same place holds what was saved before. */
  readonly persistent: boolean
  /** What the storage declares to support: exactly this is tested. Default: everything. */
  readonly supports?: Supports
  /** Whether a second read returns the same object; default true. Without a cache it may not. */
  readonly sharesObjects?: boolean
  /**
   * Whether watchers of labels are told each move; default false. Then they may get a reset in its place, and read the
   * labels again.
   */
  readonly reportsMoves?: boolean
  /**
   * Whether a place can be opened by several handles at a time, as processes do, and when each sees what the others have
   * changed. Default: a place is opened once at a time.
   */
  readonly handles?: { readonly coherence: Coherence }
  /** A new, empty place; called once for each test. */
  makePlace(): Promise<ConformancePlace>
}

/** The part of a test runner that the suite needs. */
export interface ConformanceRunner {
  readonly describe: (title: string, body: () => void) => unknown
  readonly it: (title: string, body: () => Promise<void>) => unknown
}

/** The body of a test, with the capabilities that it needs; without them, the test is not declared. */
export interface TestBody {
  (): Promise<void>
  readonly needs?: readonly Capability[]
}

/** The body of a test with a storage of its own, closed at the end. */
export function withStorage(
  subject: ConformanceSubject,
  body: (storage: VersionStore, place: ConformancePlace) => Promise<void>,
  needs: readonly Capability[] = [],
): TestBody {
  const test = async (): Promise<void> => {
    const place = await subject.makePlace()
    const storage = await place.open()
    try {
      await body(storage as VersionStore, place)
    } finally {
      await storage.close?.()
    }
  }
  return Object.assign(test, { needs })
}

/** Whether a subject supports all of these. */
export function supportsAll(
  { supports = SUPPORTS_ALL }: ConformanceSubject,
  needs: readonly Capability[],
): boolean {
  return needs.every((capability) => supports[capability] === true)
}

/** The names of the versions of a prompt, by its documents: that every storage can answer. */
export async function versionsIn(storage: VersionStorage, promptId: string): Promise<string[]> {
  return namesOf(await storage.listVersions(promptId))
}

/** A version whose prompt is a text. */
type TextVersion = PromptVersion & { readonly prompt: TextPrompt }

/** A complete document: no default has to be filled in. */
export function sampleVersion(
  promptId: string,
  version: string,
  changes: Partial<TextVersion> = {},
): TextVersion {
  return {
    version,
    prompt_id: promptId,
    created_at: '2025-01-17T10:30:00.000Z',
    parent_version: null,
    metadata: {
      author: 'baseline',
      strategy: null,
      tags: ['原文', 'b'],
      nested: { deep: [1, { x: null }] },
    },
    prompt: {
      id: promptId,
      workflow_id: 'wf_001',
      node_id: 'llm_1',
      node_type: 'llm',
      text: `Summarise {{#1713262060182.text#}} 🙂 (${version})`,
      role: 'system',
      variables: ['1713262060182.text'],
      context: {},
      extracted_at: '2025-01-17T10:00:00.000Z',
    },
    analysis: null,
    optimization_result: null,
    ...changes,
  }
}

/** Saves versions of one prompt, one after another. */
export async function saveAll(
  storage: VersionStorage,
  promptId: string,
  versions: readonly string[],
): Promise<void> {
  for (const version of versions) await storage.saveVersion(sampleVersion(promptId, version))
}

/** The names of documents. */
export function namesOf(documents: readonly PromptVersion[]): string[] {
  return documents.map(({ version }) => version)
}
