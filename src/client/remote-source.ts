import { TextEncoder } from 'node:util'
import { isStorageError, type StorageError, type StorageErrorCode } from '../base/errors.js'
import { codeOf } from '../base/values.js'
import type { PromptPast } from '../versions/presences.js'
import type { PromptHead } from '../versions/prompt-heads.js'
import type { KnownHistory } from '../versions/prompt-history.js'
import type {
  Coherence,
  DocumentSource,
  InsertRefusal,
  NewDocument,
  SourceChange,
  SourceEvent,
  SourceListener,
  SourcePlan,
  StoredDocument,
  VersionName,
} from '../versions/source/document-source.js'
import { documentPath, portPath, type PortOperation } from '../wire/paths.js'
import type { PortAnswers, PortRequests, WireDocument, WireView } from '../wire/store-port.js'
import { ChangeStream } from './change-stream.js'
import type { ResolvedConnection } from './client-options.js'
import { EtagMemory } from './etag-memory.js'
import { Freshness } from './freshness.js'
import { Http } from './http.js'
import { headIn, isCopy, viewIn, wireChange, wireCopy, wireDocument } from './wire-values.js'

/** What changes something: it is sent again only if the server has certainly not begun. */
const CHANGES = new Set<PortOperation>(['insert', 'commit', 'copy', 'clear', 'know-since'])

/** How old heartbeats may make an answer before the next one: a part of the bound. */
const HEARTBEATS_PER_BOUND = 4
const HEARTBEAT_MS = { min: 100, max: 15_000 }

/** Documents behind a server. */
export class RemoteSource implements DocumentSource {
  readonly place: string
  readonly #options: ResolvedConnection
  readonly #http: Http
  readonly #texts: EtagMemory
  readonly #stream: ChangeStream
  readonly #freshness: Freshness
  #coherence: Coherence
  #release: (() => void) | undefined

  /** @param etagBytes most bytes of texts that are kept to be asked for by their ETags */
  constructor(options: ResolvedConnection, etagBytes: number) {
    this.#options = options
    this.#http = new Http(options)
    this.place = options.url
    this.#texts = new EtagMemory(etagBytes)
    const { maxStaleMs, timeoutMs } = options
    this.#coherence = maxStaleMs === 0 ? 'nextCall' : Object.freeze({ withinMs: maxStaleMs })
    this.#freshness = new Freshness(maxStaleMs)
    const wanted = maxStaleMs === 0 ? HEARTBEAT_MS.max : maxStaleMs / HEARTBEATS_PER_BOUND
    const heartbeatMs = Math.round(Math.min(Math.max(wanted, HEARTBEAT_MS.min), HEARTBEAT_MS.max))
    this.#stream = new ChangeStream(this.#http, { heartbeatMs, timeoutMs }, this.#freshness)
    this.#freshness.asks(this.#stream)
  }

  /** Asks the server who it is, and begins to follow its changes. @throws as each call does */
  async connect(): Promise<void> {
    const { events, connect } = this.#options
    if (events) this.#release = this.#stream.hold()
    try {
      await Promise.all([this.#info(), events ? this.#stream.begun() : undefined])
    } catch (error) {
      if (connect === 'later' && isAway(error)) return
      await this.close()
      throw error
    }
  }

  get coherence(): Coherence {
    return this.#coherence
  }

  async ids(): Promise<readonly string[]> {
    return await this.#ids(false)
  }

  async names(promptId: string): Promise<readonly string[]> {
    this.#freshness.reads(promptId)
    return (await this.#ask('names', { prompt_id: promptId })).versions
  }

  async get(promptId: string, versions: readonly string[]): Promise<readonly StoredDocument[]> {
    const [version] = versions
    if (version === undefined) return []
    if (versions.length === 1) return await this.#one(promptId, version)
    const found: StoredDocument[] = []
    for (let rest = versions; rest.length > 0;) {
      const answer = await this.#ask('documents', { prompt_id: promptId, versions: rest })
      for (const document of answer.documents) found.push(storedOf(document))
      // Bytes that no reader accepts: the reader leaves this version out, and says so.
      for (const { version: lost } of answer.damaged)
        found.push({ version: lost, bytes: new Uint8Array(0), savedAt: null })
      rest = answer.rest
    }
    return found
  }

  async head(promptId: string): Promise<PromptHead | undefined> {
    this.#freshness.reads(promptId)
    return headIn((await this.#ask('head', { prompt_id: promptId })).head)
  }

  async past(promptId: string): Promise<PromptPast> {
    const { past } = await this.#ask('past', { prompt_id: promptId })
    const { versions, history } = JSON.parse(past) as {
      readonly versions: readonly (readonly [string, string | null])[]
      readonly history: PromptPast['history']
    }
    return { versions: new Map(versions), history }
  }

  async pastIds(): Promise<readonly string[]> {
    return await this.#ids(true)
  }

  async knownSince(): Promise<KnownHistory | undefined> {
    const { known_since: known } = await this.#info()
    return known === null ? undefined : (JSON.parse(known) as KnownHistory)
  }

  async insert(
    documents: readonly NewDocument[],
    present: readonly VersionName[],
  ): Promise<InsertRefusal | undefined> {
    const events = documents.map(({ promptId, version }) => ({
      kind: 'save' as const,
      promptId,
      version,
    }))
    const answer = await this.#commit(events, 'insert', {
      documents: documents.map(wireDocument),
      present: present.map(({ promptId, version }) => ({ prompt_id: promptId, version })),
    })
    if (answer.outcome === 'saved') return undefined
    if (answer.outcome === 'missing') return { kind: 'missing' }
    const taken = answer.documents.map((one) => ({ ...storedOf(one), promptId: one.prompt_id }))
    return { kind: 'taken', documents: taken }
  }

  async transact(promptIds: readonly string[], plan: SourcePlan): Promise<void> {
    let { views } = await this.#ask('views', { prompt_ids: promptIds })
    for (;;) {
      const changes = await plan(views.map(viewIn))
      const [first] = changes
      if (first === undefined) return
      const answer = isCopy(first)
        ? await this.#ask('copy', wireCopy(first))
        : await this.#commit(changes.flatMap(eventsOf), 'commit', {
            views,
            changes: changes.map(wireChange),
          })
      if (answer.outcome === 'committed') return
      ;({ views } = answer as { readonly views: readonly WireView[] })
    }
  }

  async setKnownSince(known: KnownHistory | undefined): Promise<void> {
    await this.#ask('know-since', { known: known === undefined ? null : JSON.stringify(known) })
  }

  async clear(): Promise<void> {
    await this.#ask('clear', {})
  }

  listen(listener: SourceListener): void {
    this.#freshness.listen(listener)
  }

  refresh(fresh: boolean): Promise<void> | undefined {
    return this.#freshness.refresh(fresh)
  }

  follow(): () => void {
    const release = this.#stream.hold()
    const unfollow = this.#freshness.follow()
    return () => {
      unfollow()
      release()
    }
  }

  async close(): Promise<void> {
    this.#release?.()
    this.#stream.close()
    await Promise.resolve()
  }

  async #ids(past: boolean): Promise<readonly string[]> {
    const ids: string[] = []
    for (;;) {
      const last = ids.at(-1)
      const page = await this.#ask('ids', { past, ...(last === undefined ? {} : { after: last }) })
      for (const id of page.ids) ids.push(id)
      if (!page.has_more) return ids
    }
  }

  async #info(): Promise<PortAnswers['info']> {
    const info = await this.#ask('info', {})
    const { maxStaleMs } = this.#options
    if (maxStaleMs > 0) this.#coherence = Object.freeze({ withinMs: maxStaleMs + info.lag_ms })
    return info
  }

  async #one(promptId: string, version: string): Promise<readonly StoredDocument[]> {
    const known = this.#texts.get(promptId, version)
    try {
      const { status, etag, text } = await this.#http.send({
        path: documentPath(promptId, version),
        method: 'GET',
        isRead: true,
        ...(known === undefined ? {} : { headers: { 'if-none-match': known.etag } }),
      })
      if (status === 304 && known !== undefined) return [storedOf(known.document)]
      const document = JSON.parse(text) as WireDocument
      if (etag !== null) this.#texts.keep(promptId, { etag, document })
      return [storedOf(document)]
    } catch (error) {
      if (codeOf(error) === 'HTTP-NOTFOUND-001') return []
      throw error
    }
  }

  /** A change whose events are known before: they are not news to the watchers of this client that begin later. */
  async #commit<Name extends 'insert' | 'commit'>(
    events: readonly SourceEvent[],
    operation: Name,
    request: PortRequests[Name],
  ): Promise<PortAnswers[Name]> {
    const takeBack = this.#freshness.commits(events)
    let isMade = false
    try {
      const answer = await this.#ask(operation, request)
      isMade = answer.outcome === 'saved' || answer.outcome === 'committed'
      return answer
    } finally {
      if (!isMade) takeBack()
    }
  }

  async #ask<Name extends PortOperation>(
    operation: Name,
    request: PortRequests[Name],
  ): Promise<PortAnswers[Name]> {
    const { text } = await this.#http.send({
      path: portPath(operation),
      method: 'POST',
      body: JSON.stringify(request),
      isRead: !CHANGES.has(operation),
    })
    return JSON.parse(text) as PortAnswers[Name]
  }
}

function eventsOf({ view, save, delete: deleted, moves }: SourceChange): readonly SourceEvent[] {
  const { promptId } = view
  return [
    ...deleted.map((version) => ({ kind: 'delete', promptId, version }) as const),
    ...save.map(({ version }) => ({ kind: 'save', promptId, version }) as const),
    { kind: 'head', promptId, moves },
  ]
}

function storedOf({ version, text, saved_at: savedAt }: WireDocument): StoredDocument {
  return { version, bytes: new TextEncoder().encode(text), savedAt }
}

const AWAY: readonly StorageErrorCode[] = ['FS-UNAVAILABLE-001', 'FS-TIMEOUT-001']

/** Whether the server, or what is behind it, does not answer now. */
export function isAway(error: unknown): error is StorageError {
  return AWAY.some((code) => isStorageError(error, code))
}
