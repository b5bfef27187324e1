import { isDamage, VersionConflictError } from '../../base/errors.js'
import { encodeVersionFile } from '../../document/version-file.js'
import { sortVersions } from '../../document/version-number.js'
import {
  isSameContent,
  type AcceptanceRules,
  type Candidate,
  type Candidates,
} from '../accept-version.js'
import { planChanges, type PlannedChange } from '../prompt-change.js'
import { acceptPlanned, planCopy } from '../prompt-copy.js'
import type { PromptCopy } from '../version-copies.js'
import type { Decision, PromptView } from '../prompt-heads.js'
import type { VersionDocument } from '../version-storage.js'
import type { DocumentReader } from './document-reader.js'
import type {
  DocumentSource,
  NewDocument,
  SourceChange,
  TakenDocument,
  VersionName,
} from './document-source.js'

export interface WriterRules<Version extends VersionDocument> extends AcceptanceRules<Version> {
  readonly schemaVersion: number
}

/** Commits accepted documents and decisions to a source. */
export class DocumentWriter<Version extends VersionDocument> {
  readonly #source: DocumentSource
  readonly #reader: DocumentReader<Version>
  readonly #rules: WriterRules<Version>

  constructor(
    source: DocumentSource,
    reader: DocumentReader<Version>,
    rules: WriterRules<Version>,
  ) {
    this.#source = source
    this.#reader = reader
    this.#rules = rules
  }

  /** All or nothing. @throws VersionConflictError for the first that exists and is refused */
  async save({ candidates, ifSame }: Candidates<Version>): Promise<void> {
    const { epoch } = this.#reader
    let left = [...candidates]
    let present: VersionName[] = []
    while (left.length > 0) {
      const documents = left.map((candidate) => this.#stored(candidate))
      const refusal = await this.#source.insert(documents, present)
      if (refusal === undefined) {
        for (const [at, { version }] of left.entries())
          this.#saved(version, documents[at]?.bytes ?? 0, epoch)
        return
      }
      if (refusal.kind === 'missing') {
        // One that was accepted as saved has been deleted meanwhile.
        left = [...candidates]
        present = []
        continue
      }
      const accepted = await this.#accepted(left, refusal.documents, ifSame)
      present = [...present, ...accepted]
      left = left.filter(({ version: { prompt_id: promptId, version } }) => {
        return !accepted.some((name) => name.promptId === promptId && name.version === version)
      })
    }
  }

  /** As `VersionTransactions.transact`. */
  async transact<Input, Result>(
    promptIds: readonly string[],
    decide: (views: readonly PromptView[]) => Decision<Input, Result>,
  ): Promise<Result> {
    let done: { readonly result: Result } | undefined
    await this.#commit(promptIds, (views) => {
      const decision = decide(views)
      done = { result: decision.result }
      return planChanges(views, decision)
    })
    if (done === undefined) throw new Error('The source has not called the plan')
    return done.result
  }

  /** As `VersionCopies.change`. */
  async copy(promptId: string, decide: (view: PromptView) => PromptCopy): Promise<void> {
    await this.#commit([promptId], (views) =>
      views.flatMap((view) => planCopy(view, decide(view)) ?? []),
    )
  }

  async #commit(
    promptIds: readonly string[],
    plan: (views: readonly PromptView[]) => readonly PlannedChange<unknown>[],
  ): Promise<void> {
    let changes: readonly SourceChange[] = []
    await this.#source.transact(promptIds, async (found) => {
      changes = await this.#planned(plan(found.map(sorted)))
      return changes
    })
    for (const { view, save, delete: deleted } of changes) {
      const { promptId } = view
      this.#reader.apply({ kind: 'head', promptId })
      for (const version of deleted) this.#reader.apply({ kind: 'delete', promptId, version })
      for (const { version } of save) this.#reader.apply({ kind: 'save', promptId, version })
    }
  }

  async #planned(plans: readonly PlannedChange<unknown>[]): Promise<readonly SourceChange[]> {
    const candidates = await acceptPlanned<Version>(plans, this.#rules)
    return plans.map(({ copies: _copies, ...plan }) => {
      const own = candidates.filter(({ version }) => version.prompt_id === plan.view.promptId)
      return { ...plan, save: own.map((candidate) => this.#stored(candidate)) }
    })
  }

  /**
   * Those of the taken ones that count as saved.
   * @throws VersionConflictError for the first of the candidates that does not
   */
  async #accepted(
    candidates: readonly Candidate<Version>[],
    taken: readonly TakenDocument[],
    ifSame: Candidates<Version>['ifSame'],
  ): Promise<readonly VersionName[]> {
    const accepted: VersionName[] = []
    for (const candidate of candidates) {
      const { prompt_id: promptId, version } = candidate.version
      const found = taken.find((one) => one.promptId === promptId && one.version === version)
      if (found === undefined) continue
      const sameContent = await this.#isSame(candidate, found)
      if (!sameContent || ifSame === 'refuse')
        throw new VersionConflictError(promptId, version, { sameContent })
      accepted.push({ promptId, version })
    }
    return accepted
  }

  /** False for a damaged one. */
  async #isSame(candidate: Candidate<Version>, found: TakenDocument): Promise<boolean> {
    try {
      return isSameContent(await this.#reader.decode(found.promptId, found), candidate)
    } catch (error) {
      if (!isDamage(error)) throw error
      return false
    }
  }

  #saved(document: Version, bytes: number, epoch: number | undefined): void {
    const { prompt_id: promptId, version } = document
    this.#reader.apply({ kind: 'save', promptId, version })
    this.#reader.keepSaved(document, bytes, epoch)
  }

  #stored({ version, copied }: Candidate<Version>): EncodedDocument {
    const { schemaVersion = this.#rules.schemaVersion, savedAt } = copied ?? {}
    return new EncodedDocument(version, schemaVersion, savedAt)
  }
}

/** A document that is encoded when its source asks for its text. */
class EncodedDocument implements NewDocument {
  readonly promptId: string
  readonly version: string
  /** Of a copy: the time of its first commit, null if that is unknown. */
  readonly savedAt: string | null | undefined
  /** The length of the text; 0 before it was encoded. */
  bytes = 0
  readonly #document: VersionDocument
  readonly #schemaVersion: number

  constructor(
    document: VersionDocument,
    schemaVersion: number,
    savedAt: string | null | undefined,
  ) {
    this.savedAt = savedAt
    this.promptId = document.prompt_id
    this.version = document.version
    this.#document = document
    this.#schemaVersion = schemaVersion
  }

  encode(savedAt?: string): Uint8Array {
    const options = { checksum: true, schemaVersion: this.#schemaVersion, savedAt }
    const text = encodeVersionFile(this.#document, options)
    this.bytes = text.length
    return text
  }
}

function sorted({ promptId, head, versions }: PromptView): PromptView {
  return Object.freeze({ promptId, head, versions: Object.freeze(sortVersions(versions)) })
}
