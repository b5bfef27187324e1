// A source of documents in a Map: what a backend of versions is, with nothing else around it. A source over your own
// database has the same methods, and passes the same tests: `versionStorageConformance` of holdfast/testing.
import type {
  DocumentSource,
  HistoryEntry,
  InsertRefusal,
  KnownHistory,
  NewDocument,
  PromptHead,
  PromptPast,
  SourceChange,
  SourceEvent,
  SourceListener,
  SourcePlan,
  StoredDocument,
  TakenDocument,
  VersionName,
} from 'holdfast'

interface Prompt {
  head: PromptHead | undefined
  history: readonly HistoryEntry[]
  readonly versions: Map<string, StoredDocument>
}

/** What several handles share: the database. */
export class MapDatabase {
  readonly prompts = new Map<string, Prompt>()
  readonly sources = new Set<MapSource>()
  knownSince: KnownHistory | undefined

  prompt(promptId: string): Prompt {
    const known = this.prompts.get(promptId)
    if (known !== undefined) return known
    const made: Prompt = { head: undefined, history: [], versions: new Map() }
    this.prompts.set(promptId, made)
    return made
  }
}

/** One handle. */
export class MapSource implements DocumentSource {
  readonly place = 'map:'
  readonly coherence = 'nextCall'
  readonly #database: MapDatabase
  readonly #listeners: SourceListener[] = []

  constructor(database: MapDatabase = new MapDatabase()) {
    this.#database = database
    database.sources.add(this)
  }

  async ids(): Promise<readonly string[]> {
    return [...this.#database.prompts].flatMap(([id, { versions }]) =>
      versions.size > 0 ? id : [],
    )
  }

  async names(promptId: string): Promise<readonly string[]> {
    return this.#names(promptId)
  }

  async get(promptId: string, versions: readonly string[]): Promise<readonly StoredDocument[]> {
    const kept = this.#database.prompts.get(promptId)?.versions
    return versions.flatMap((version) => kept?.get(version) ?? [])
  }

  async head(promptId: string): Promise<PromptHead | undefined> {
    return this.#database.prompts.get(promptId)?.head
  }

  async past(promptId: string): Promise<PromptPast> {
    const prompt = this.#database.prompts.get(promptId)
    const versions = [...(prompt?.versions.values() ?? [])]
    return {
      versions: new Map(versions.map(({ version, savedAt }) => [version, savedAt])),
      history: prompt?.history ?? [],
    }
  }

  async pastIds(): Promise<readonly string[]> {
    return [...this.#database.prompts.keys()]
  }

  async knownSince(): Promise<KnownHistory | undefined> {
    return this.#database.knownSince
  }

  async setKnownSince(known: KnownHistory | undefined): Promise<void> {
    this.#database.knownSince = known
  }

  async insert(
    documents: readonly NewDocument[],
    present: readonly VersionName[],
  ): Promise<InsertRefusal | undefined> {
    if (present.some((name) => !this.#has(name))) return { kind: 'missing' }
    const taken = documents.flatMap(({ promptId, version }): readonly TakenDocument[] => {
      const stored = this.#database.prompts.get(promptId)?.versions.get(version)
      return stored === undefined ? [] : [{ promptId, ...stored }]
    })
    if (taken.length > 0) return { kind: 'taken', documents: taken }
    this.#report(this.#save(documents))
    return undefined
  }

  async transact(promptIds: readonly string[], plan: SourcePlan): Promise<void> {
    for (;;) {
      const heads = promptIds.map((id) => this.#database.prompts.get(id)?.head)
      const views = promptIds.map((promptId, at) => {
        return { promptId, head: heads[at], versions: this.#names(promptId) }
      })
      const changes = await plan(views)
      if (heads.some((head, at) => head !== this.#database.prompts.get(promptIds[at] ?? '')?.head))
        continue
      if (!changes.every((change) => this.#isPossible(change))) continue
      this.#report(changes.flatMap((change) => this.#apply(change)))
      return
    }
  }

  async clear(): Promise<void> {
    this.#database.prompts.clear()
    this.#database.knownSince = { since: new Date().toISOString(), reason: 'cleared' }
    this.#report([{ kind: 'reset' }])
  }

  listen(listener: SourceListener): void {
    this.#listeners.push(listener)
  }

  /** Every change is reported as it is made, to the handles of others, too. */
  refresh(): undefined {
    return undefined
  }

  follow(): () => void {
    return () => undefined
  }

  async close(): Promise<void> {
    this.#database.sources.delete(this)
  }

  #names(promptId: string): readonly string[] {
    return [...(this.#database.prompts.get(promptId)?.versions.keys() ?? [])]
  }

  #has({ promptId, version }: VersionName): boolean {
    return this.#database.prompts.get(promptId)?.versions.has(version) === true
  }

  #isPossible({ view: { promptId }, save, delete: deleted, requires }: SourceChange): boolean {
    const isThere = (version: string): boolean => this.#has({ promptId, version })
    return [...deleted, ...requires].every(isThere) && !save.some(({ version }) => isThere(version))
  }

  #save(documents: readonly NewDocument[]): readonly SourceEvent[] {
    const now = new Date().toISOString()
    return documents.map((document) => {
      const { promptId, version, savedAt = now } = document
      const stored = { version, bytes: document.encode(), savedAt }
      this.#database.prompt(promptId).versions.set(version, stored)
      return { kind: 'save', promptId, version }
    })
  }

  #apply(change: SourceChange): SourceEvent[] {
    const { view, save, delete: deleted, head, moves, record } = change
    const { promptId } = view
    const prompt = this.#database.prompt(promptId)
    const times = deleted.map((version) => [version, prompt.versions.get(version)?.savedAt ?? null])
    const at = new Date().toISOString()
    const deletion = { deleted: Object.fromEntries(times), trash: false, at }
    const added = [...moves, ...(deleted.length > 0 ? [deletion] : [])]
    prompt.head = record === undefined ? (head ?? prompt.head) : record.head
    prompt.history = record?.history ?? [...prompt.history, ...added]
    const saved = this.#save(save)
    for (const version of deleted) prompt.versions.delete(version)
    const removed = deleted.map((version) => ({ kind: 'delete' as const, promptId, version }))
    return [...saved, ...removed, { kind: 'head', promptId, ...(record ? {} : { moves }) }]
  }

  #report(events: readonly SourceEvent[]): void {
    for (const source of this.#database.sources)
      for (const listener of source.#listeners) listener(events)
  }
}
