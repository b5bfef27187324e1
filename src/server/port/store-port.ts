import { isStorageError, StorageError, VersionConflictError } from '../../base/errors.js'
import { shown } from '../../base/options.js'
import { isRecord } from '../../base/values.js'
import type { PromptChange, PromptHead } from '../../versions/prompt-heads.js'
import type { PromptVersionInput } from '../../versions/prompts/prompt-version.js'
import type { VersionDocument } from '../../versions/version-storage.js'
import type { VersionStore } from '../../versions/version-store.js'
import type { PortAnswers, PortRequests, WireDocument, WireView } from '../../wire/store-port.js'
import { freshHead } from './fresh-head.js'
import { plannedChanges } from './port-plan.js'
import { readDocuments, receivedDocument } from './wire-documents.js'
import { headIn, knownIn, recordIn, wireHead, wireView } from './wire-values.js'

/** In whose name a commit is made. */
export interface PortAuthor {
  /** The `by` of everything that the commit records; undefined: as the client says. */
  readonly name: string | undefined
  readonly mayMoveProtected: boolean
}

/** Most ids in one answer. */
const IDS_MAX = 10_000

/**
 * Answers what a storage on another machine asks of this one, whatever it keeps its versions in. It reads past the
 * cache, so that an answer shows everything that was acknowledged before the question; the client has a cache of its
 * own.
 */
export class StorePort {
  readonly #store: VersionStore
  readonly #protected: ReadonlySet<string>

  /** @param protectedLabels labels that not every author may move */
  constructor(store: VersionStore, protectedLabels: readonly string[] = []) {
    this.#store = store
    this.#protected = new Set(protectedLabels)
  }

  async info(): Promise<PortAnswers['info']> {
    const known = await this.#store.copies.knownSince()
    const text = known === undefined ? null : JSON.stringify(known)
    return { lag_ms: lagOf(this.#store), known_since: text }
  }

  async ids({ past = false, after }: PortRequests['ids']): Promise<PortAnswers['ids']> {
    const all = past
      ? await this.#store.copies.promptIds()
      : await this.#store.listPromptIds({ records: true })
    const rest = after === undefined ? all : all.filter((id) => id > after)
    return { ids: rest.slice(0, IDS_MAX), has_more: rest.length > IDS_MAX }
  }

  async names({ prompt_id: id }: PortRequests['names']): Promise<PortAnswers['names']> {
    return { versions: await this.#store.copies.names(id) }
  }

  async head({ prompt_id: id }: PortRequests['head']): Promise<PortAnswers['head']> {
    return { head: wireHead(await freshHead(this.#store, id)) }
  }

  async past({ prompt_id: id }: PortRequests['past']): Promise<PortAnswers['past']> {
    const { versions, history } = await this.#store.copies.state(id)
    return { past: JSON.stringify({ versions: [...versions], history }) }
  }

  async views({ prompt_ids: ids }: PortRequests['views']): Promise<PortAnswers['views']> {
    const views = await this.#store.transact(ids, (found) => {
      return { changes: [], result: found.map(wireView) }
    })
    return { views }
  }

  async documents(request: PortRequests['documents']): Promise<PortAnswers['documents']> {
    return await readDocuments(this.#store.copies, request.prompt_id, request.versions)
  }

  /** One document; undefined if it does not exist. @throws StorageError for a damaged one */
  async document(promptId: string, version: string): Promise<WireDocument | undefined> {
    const { documents, damaged } = await readDocuments(this.#store.copies, promptId, [version])
    // Read again, so that it fails as the storage does.
    if (damaged.length > 0) await this.#store.copies.documents(promptId, [version])
    return documents[0]
  }

  async insert({ documents, present }: PortRequests['insert']): Promise<PortAnswers['insert']> {
    const fresh = documents.map((given) => receivedDocument(given).document)
    for (;;) {
      const kept: VersionDocument[] = []
      for (const { prompt_id: id, version } of present) {
        const [copy] = await this.#store.copies.documents(id, [version])
        if (copy === undefined) return { outcome: 'missing' }
        kept.push(copy.document)
      }
      if (await this.#saves([...fresh, ...kept], present.length > 0)) return { outcome: 'saved' }
      const taken = await this.#taken(fresh)
      if (taken.length > 0) return { outcome: 'taken', documents: taken }
      // What was in the way has been deleted meanwhile.
    }
  }

  /**
   * With versions that have to be present, these are among the documents: saved again they change nothing, and one that
   * was deleted meanwhile is there again, as if it had been deleted before the save.
   */
  async #saves(documents: readonly VersionDocument[], isWithPresent: boolean): Promise<boolean> {
    try {
      // The storage checks them against its schema.
      await this.#store.saveVersions(documents as unknown as readonly PromptVersionInput[], {
        ifSame: isWithPresent ? 'accept' : 'refuse',
      })
      return true
    } catch (error) {
      if (isStorageError(error, 'OPT-VER-001')) return false
      throw error
    }
  }

  async #taken(
    fresh: readonly VersionDocument[],
  ): Promise<(WireDocument & { readonly prompt_id: string })[]> {
    const taken: (WireDocument & { readonly prompt_id: string })[] = []
    for (const { prompt_id: id, version } of fresh) {
      const { documents, damaged } = await readDocuments(this.#store.copies, id, [version])
      if (damaged.length > 0) throw new VersionConflictError(id, version)
      for (const one of documents) taken.push({ ...one, prompt_id: id })
    }
    return taken
  }

  /** @throws StorageError OPT-LABEL-001 for a protected label that the author may not move */
  async commit(
    { views, changes }: PortRequests['commit'],
    author: PortAuthor,
  ): Promise<PortAnswers['commit']> {
    const plan = plannedChanges(views, changes, author.name)
    for (const change of plan.changes) {
      const seen = views.find(({ prompt_id: id }) => id === change.promptId)?.head ?? null
      refuseProtected(change, headIn(seen), this.#protected, author.mayMoveProtected)
    }
    const ids = views.map(({ prompt_id: id }) => id)
    const now = await this.#store.transact<readonly WireView[] | undefined>(ids, (found) =>
      plan.holds(found)
        ? { changes: plan.changes, result: undefined }
        : { changes: [], result: found.map(wireView) },
    )
    return outcomeOf(now)
  }

  async copy(request: PortRequests['copy']): Promise<PortAnswers['copy']> {
    const { prompt_id: promptId, view: seen, save, remove, record } = request
    const copies = save.map(receivedDocument)
    const used = { prompt_id: promptId, save: [], delete: [], requires: [], moves: '[]' }
    const requires = [...copies.map(({ version }) => version), ...remove]
    const plan = plannedChanges([seen], [{ ...used, requires }])
    const recorded = record === undefined ? {} : { record: recordIn(record) }
    let now: readonly WireView[] | undefined
    await this.#store.copies.change(promptId, (view) => {
      now = plan.holds([view]) ? undefined : [wireView(view)]
      return now === undefined ? { save: copies, remove, ...recorded } : { save: [] }
    })
    return outcomeOf(now)
  }

  async clear(): Promise<PortAnswers['clear']> {
    await this.#store.clearAll()
    return { outcome: 'committed' }
  }

  async knowSince({ known }: PortRequests['know-since']): Promise<PortAnswers['know-since']> {
    await this.#store.copies.setKnownSince(knownIn(known))
    return { outcome: 'committed' }
  }
}

/** By the head, too: it may lead elsewhere without a move that says so. */
function refuseProtected(
  { promptId, moves = [], head }: PromptChange<unknown>,
  before: PromptHead | undefined,
  labels: ReadonlySet<string>,
  isAllowed: boolean,
): void {
  const label = [...labels].find((name) => {
    const own = moves.filter((move) => move.label === name)
    const isMoved = head !== undefined && pointed(before, name) !== pointed(head, name)
    if (own.length === 0) return isMoved
    return !isAllowed || own.some(({ reason }) => reason === null)
  })
  if (label === undefined) return
  throw new StorageError(
    'OPT-LABEL-001',
    `Label ${shown(label)} of prompt ${promptId} is protected on this server: it takes an administrator and a reason to move it`,
    { context: { prompt_id: promptId, labels: [label], reason: 'protected' } },
  )
}

function pointed(head: PromptHead | undefined, label: string): string | undefined {
  return head !== undefined && Object.hasOwn(head.labels, label)
    ? head.labels[label]?.version
    : undefined
}

function outcomeOf(now: readonly WireView[] | undefined): PortAnswers['commit'] {
  return now === undefined ? { outcome: 'committed' } : { outcome: 'changed', views: now }
}

/** A storage in a database says when it sees the changes of others; the others see them with the next call. */
function lagOf(store: VersionStore): number {
  const coherence: unknown = Reflect.get(store, 'coherence')
  const withinMs = isRecord(coherence) ? coherence['withinMs'] : 0
  return typeof withinMs === 'number' ? withinMs : 0
}
