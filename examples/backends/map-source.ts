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
  VersionName,
} from 'holdfast'

interface Prompt {
  head?: PromptHead | undefined
  history: readonly HistoryEntry[]
  readonly versions: Map<string, StoredDocument>
}

/** What several handles share: the database. */
export class MapDatabase {
  readonly prompts = new Map<string, Prompt>()
  readonly sources = new Set<MapSource>()
  knownSince: KnownHistory | undefined

  prompt(promptId: string): Prompt {
    const prompt = this.prompts.get(promptId) ?? { history: [], versions: new Map() }
    this.prompts.set(promptId, prompt)
    return prompt
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
    return (await this.pastIds()).filter((promptId) => this.#names(promptId).length > 0)
  }

  async names(promptId: string): Promise<readonly string[]> {
    return this.#names(promptId)
  }

  async get(promptId: string, versions: readonly string[]): Promise<readonly StoredDocument[]> {
    return versions.flatMap((version) => this.#stored({ promptId, version }) ?? [])
  }

  async head(promptId: string): Promise<PromptHead | undefined> {
    return this.#head(promptId)
  }

  async past(promptId: string): Promise<PromptPast> {
    const prompt = this.#database.prompts.get(promptId)
    const times = [...(prompt?.versions.values() ?? [])].map(
      ({ version, savedAt }) => [version, savedAt] as const,
    )
    return { versions: new Map(times), history: prompt?.history ?? [] }
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
    if (present.some((name) => this.#stored(name) === undefined)) return { kind: 'missing' }
    const taken = documents.flatMap((document) => {
      const stored = this.#stored(document)
      return stored === undefined ? [] : [{ promptId: document.promptId, ...stored }]
    })
    if (taken.length > 0) return { kind: 'taken', documents: taken }
    this.#report(this.#save(documents))
    return undefined
  }

  async transact(promptIds: readonly string[], plan: SourcePlan): Promise<void> {
    for (;;) {
      const views = promptIds.map((promptId) => {
        return { promptId, head: this.#head(promptId), versions: this.#names(promptId) }
      })
      const changes = await plan(views)
      const isSame = views.every(({ promptId, head }) => head === this.#head(promptId))
      if (isSame && changes.every((change) => this.#isPossible(change)))
        return this.#report(changes.flatMap((change) => this.#apply(change)))
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

  #head(promptId: string): PromptHead | undefined {
    return this.#database.prompts.get(promptId)?.head
  }

  #names(promptId: string): readonly string[] {
    return [...(this.#database.prompts.get(promptId)?.versions.keys() ?? [])]
  }

  #stored({ promptId, version }: VersionName): StoredDocument | undefined {
    return this.#database.prompts.get(promptId)?.versions.get(version)
  }

  #isPossible({ view: { promptId }, save, delete: deleted, requires }: SourceChange): boolean {
    const isThere = (version: string): boolean => this.#stored({ promptId, version }) !== undefined
    return [...deleted, ...requires].every(isThere) && !save.some(({ version }) => isThere(version))
  }

  #save(documents: readonly NewDocument[]): readonly SourceEvent[] {
    const now = new Date().toISOString()
    return documents.map((document) => {
      const { promptId, version, savedAt = now } = document
      const { versions } = this.#database.prompt(promptId)
      versions.set(version, { version, bytes: document.encode(), savedAt })
      return { kind: 'save', promptId, version }
    })
  }

  #apply(change: SourceChange): SourceEvent[] {
    const { save, delete: deleted, head, moves, record } = change
    const { promptId } = change.view
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
