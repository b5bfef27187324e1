import { StorageError } from '../../base/errors.js'
import { shown } from '../../base/options.js'
import { compareVersions, nextVersion, type Bump } from '../../document/version-number.js'
import {
  NO_HEAD,
  type Deprecation,
  type LabelMove,
  type PromptChange,
  type PromptHead,
  type PromptView,
} from '../prompt-heads.js'
import type { VersionDocument } from '../version-storage.js'
import {
  formatReference,
  resolveReference,
  unknownReference,
  type Known,
  type Reference,
} from './reference.js'

/** What holds for all changes of one transaction. */
export interface DraftRules {
  /** The time that labels and deprecations get: ISO 8601, UTC. */
  readonly at: string
  readonly protectedLabels: ReadonlySet<string>
}

/** A document that is saved. */
interface Saved {
  readonly document: VersionDocument
  readonly input: VersionDocument
}

/** Who changes something, and why. */
export interface Note {
  readonly by: string | null
  readonly reason: string | null
}

/** The conditions of a move. */
export interface MoveRules extends Note {
  /** Where the label has to be, null for a new one; `undefined` for anywhere. */
  readonly expected: string | null | undefined
  readonly allowProtected: boolean
}

/** A prompt as a transaction has read it, and what the transaction changes in it. Nothing is stored. */
export class PromptDraft {
  readonly #view: PromptView
  readonly #rules: DraftRules
  readonly #saved: Saved[] = []
  readonly #deleted = new Set<string>()
  readonly #moves: LabelMove[] = []
  readonly #required = new Set<string>()
  #head: PromptHead

  constructor(view: PromptView, rules: DraftRules) {
    this.#view = view
    this.#rules = rules
    this.#head = view.head ?? NO_HEAD
  }

  get promptId(): string {
    return this.#view.promptId
  }

  get view(): PromptView {
    return this.#view
  }

  get at(): string {
    return this.#rules.at
  }

  get head(): PromptHead {
    return this.#head
  }

  /** Ascending by precedence, with those that this transaction saves. */
  get versions(): readonly string[] {
    return knownOf(this.#view.versions, this.#saved, this.#deleted)
  }

  get latest(): string | undefined {
    return this.versions.at(-1)
  }

  /** The document of a version that this transaction saves. */
  saved(version: string): VersionDocument | undefined {
    return this.#saved.find(({ document }) => document.version === version)?.document
  }

  /** The version that a reference names; at the commit it has to exist. */
  find(reference: Reference): string | undefined {
    const version = resolveReference(reference, this.#known())
    if (version !== undefined && this.saved(version) === undefined) this.#required.add(version)
    return version
  }

  /** @throws StorageError OPT-VER-002 that says which versions and labels there are */
  require(reference: Reference): string {
    return this.find(reference) ?? refuseUnknown(reference, this.#known())
  }

  /** The number after all that were ever given. */
  nextNumber(bump: Bump): string {
    return nextNumber(this.versions, this.#head.highest, bump)
  }

  /** @param input what the schema of the storage makes the document of */
  save(document: VersionDocument, input: VersionDocument = document): void {
    this.#saved.push({ document, input })
  }

  delete(versions: readonly string[]): void {
    for (const version of versions) this.#deleted.add(version)
    const without = <Value>(byVersion: Readonly<Record<string, Value>>): Record<string, Value> =>
      omit(byVersion, (version) => this.#deleted.has(version))
    const { tags, deprecated } = this.#head
    this.#head = { ...this.#head, tags: without(tags), deprecated: without(deprecated) }
  }

  /**
   * Moves a label, removes it (`to` is null), or leaves it where it is, which is not recorded.
   * @throws StorageError OPT-LABEL-001 when it is not where it is expected, or is protected
   */
  move(label: string, to: string | null, rules: MoveRules): LabelMove {
    const { by, reason, expected } = rules
    const state = ownEntry(this.#head.labels, label)
    const from = state?.version ?? null
    if (expected !== undefined && expected !== from)
      throw this.#refusal(
        'expected',
        label,
        from,
        { expected },
        ` is at ${shownVersion(from)}, expected ${shownVersion(expected)}`,
      )
    if (state !== undefined && from === to)
      return Object.freeze({ label, from, to, by: state.by, reason: state.reason, at: state.at })
    const move = Object.freeze({ label, from, to, by, reason, at: this.#rules.at })
    if (from === to) return move
    const isExplained = rules.allowProtected && (reason ?? '').trim() !== ''
    if (this.#rules.protectedLabels.has(label) && !isExplained)
      throw this.#refusal(
        'protected',
        label,
        from,
        {},
        ' is protected: pass allowProtected: true and a reason to move it',
      )
    const others = omit(this.#head.labels, (name) => name === label)
    const labels =
      to === null
        ? others
        : withEntry(others, label, { version: to, at: this.#rules.at, by, reason })
    this.#head = { ...this.#head, labels }
    this.#moves.push(move)
    return move
  }

  /** Returns the tags of the version, sorted. */
  tag(version: string, add: readonly string[], remove: readonly string[]): readonly string[] {
    const before = ownEntry(this.#head.tags, version) ?? []
    const kept = new Set([...before, ...add])
    for (const tag of remove) kept.delete(tag)
    const tags = Object.freeze([...kept].toSorted())
    if (tags.length === before.length && tags.every((tag, at) => tag === before[at])) return tags
    const others = omit(this.#head.tags, (name) => name === version)
    const all = tags.length === 0 ? others : withEntry(others, version, tags)
    this.#head = { ...this.#head, tags: all }
    return tags
  }

  deprecate(version: string, { by, reason }: Note): Deprecation {
    const entry = Object.freeze({ at: this.#rules.at, by, reason })
    const others = omit(this.#head.deprecated, (name) => name === version)
    this.#head = { ...this.#head, deprecated: withEntry(others, version, entry) }
    return entry
  }

  /** False when it was not deprecated. */
  undeprecate(version: string): boolean {
    if (ownEntry(this.#head.deprecated, version) === undefined) return false
    const deprecated = omit(this.#head.deprecated, (name) => name === version)
    this.#head = { ...this.#head, deprecated }
    return true
  }

  /** What is to be committed; none for a draft that only read. */
  changes(): readonly PromptChange<VersionDocument>[] {
    const isChanged = this.#head !== (this.#view.head ?? NO_HEAD)
    // A prompt with a published version has a head, in which a deleted number is recorded.
    const isNew = this.#saved.length > 0 && this.#view.head === undefined
    const change: PromptChange<VersionDocument> = {
      promptId: this.promptId,
      save: this.#saved.map(({ input }) => input),
      delete: [...this.#deleted],
      moves: this.#moves,
      requires: [...this.#required].filter((version) => !this.#deleted.has(version)),
      ...(isChanged || isNew ? { head: this.#head } : {}),
    }
    const { save = [], delete: deleted = [], requires = [] } = change
    const isEmpty = save.length + deleted.length + requires.length === 0 && !isChanged
    return isEmpty ? [] : [change]
  }

  #known(): Known {
    const labels = new Map(
      Object.entries(this.#head.labels).map(([label, { version }]) => [label, version]),
    )
    return { names: this.versions, labels, promptId: this.promptId }
  }

  #refusal(
    reason: 'expected' | 'protected',
    label: string,
    version: string | null,
    facts: object,
    why: string,
  ): StorageError {
    return new StorageError(
      'OPT-LABEL-001',
      `Label ${shown(label)} of prompt ${this.promptId}${why}`,
      { context: { prompt_id: this.promptId, labels: [label], version, ...facts, reason } },
    )
  }
}

/** The number after the highest version, and after the highest number that was ever given. */
export function nextNumber(
  ascending: readonly string[],
  highest: string | null,
  bump: Bump,
): string {
  const last = ascending.at(-1)
  if (last === undefined || highest === null) return nextVersion(last ?? highest ?? undefined, bump)
  return nextVersion(compareVersions(last, highest) > 0 ? last : highest, bump)
}

/** @throws StorageError OPT-VER-002 */
export function refuseUnknown(reference: Reference, known: Known): never {
  throw new StorageError('OPT-VER-002', unknownReference(reference, known), {
    context: { prompt_id: known.promptId, reference: formatReference(reference) },
  })
}

function knownOf(
  versions: readonly string[],
  saved: readonly Saved[],
  deleted: ReadonlySet<string>,
): readonly string[] {
  if (saved.length + deleted.size === 0) return versions
  // A saved number is higher than all others.
  const all = [...versions, ...saved.map(({ document }) => document.version)]
  return all.filter((version) => !deleted.has(version))
}

/** Any text may be a key, `constructor` too. */
function ownEntry<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function omit<Value>(
  record: Readonly<Record<string, Value>>,
  isOmitted: (key: string) => boolean,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !isOmitted(key)))
}

/** Sorted, so that the file of the head changes only where its content does. */
function withEntry<Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
  value: Value,
): Record<string, Value> {
  const entries = [...Object.entries(record), [key, value] as const]
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

function shownVersion(version: string | null): string {
  return version ?? 'no version'
}
