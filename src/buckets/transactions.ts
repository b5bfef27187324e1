import { monotonicMs, sleep } from '../base/clock.js'
import { isStorageError } from '../base/errors.js'
import { KeyedQueue } from '../base/keyed-queue.js'
import { mapLimited } from '../base/map-limited.js'
import { backoffMs } from '../base/retry.js'
import type {
  InsertRefusal,
  NewDocument,
  SourceChange,
  SourcePlan,
  TakenDocument,
  VersionName,
} from '../versions/source/document-source.js'
import type { Commits, PromptCommit } from './commits.js'
import { tooBusy, withNothingDone } from './failure.js'
import type { Heads } from './heads.js'
import type { PromptLook, PromptReader } from './prompt-reader.js'

const AT_ONCE = 16
const BACKOFF = { delayMs: 5, maxDelayMs: 300 }

export interface TransactionParts {
  readonly heads: Heads
  readonly reader: PromptReader
  readonly commits: Commits
  readonly lockTimeoutMs: number
}

/** Reads prompts, decides, and commits, until nothing has changed in between. */
export class Transactions {
  readonly #parts: TransactionParts
  /** Transactions over the same prompts would only refuse each other. */
  readonly #queue = new KeyedQueue()

  constructor(parts: TransactionParts) {
    this.#parts = parts
  }

  /** As `DocumentSource.transact`. */
  async transact(promptIds: readonly string[], plan: SourcePlan): Promise<readonly PromptCommit[]> {
    return await this.#untilFirst(promptIds, async (looks) => {
      const changes = await this.#planned(looks, plan)
      if (changes === undefined) return undefined
      const real = changes.filter(changesSomething)
      // A decision to change nothing counts if it was made for prompts as they were at one moment.
      if (real.length === 0) return (await this.#areSame(looks)) ? { done: [] } : undefined
      return await this.#parts.commits.commit(looks, real)
    })
  }

  /** As `DocumentSource.insert`, of any number of versions. */
  async insert(
    documents: readonly NewDocument[],
    present: readonly VersionName[],
  ): Promise<InsertRefusal | readonly PromptCommit[]> {
    const promptIds = [...new Set([...documents, ...present].map(({ promptId }) => promptId))]
    return await this.#untilFirst<InsertRefusal | readonly PromptCommit[]>(
      promptIds,
      async (looks) => {
        const has = hasVersion(looks)
        if (!present.every(has)) return { done: { kind: 'missing' } }
        const existing = documents.filter(has)
        if (existing.length > 0) {
          const taken = await this.#taken(existing)
          return taken.length > 0 ? { done: { kind: 'taken', documents: taken } } : undefined
        }
        return await this.#parts.commits.commit(looks, insertions(looks, documents))
      },
    )
  }

  async #untilFirst<Result>(
    promptIds: readonly string[],
    attempt: (looks: readonly PromptLook[]) => Promise<{ readonly done: Result } | undefined>,
  ): Promise<Result> {
    return await this.#queue.run(promptIds, async () => {
      const { reader, lockTimeoutMs } = this.#parts
      const beginMs = monotonicMs()
      for (let turn = 1; ; turn++) {
        const result = await withOutcome(async () => {
          const looks = await mapLimited(promptIds, AT_ONCE, async (promptId) => {
            return await reader.look(promptId)
          })
          return await attempt(looks)
        })
        if (result !== undefined) return result.done
        if (monotonicMs() - beginMs >= lockTimeoutMs)
          throw tooBusy(
            promptIds.length === 1 ? `Prompt ${promptIds[0]}` : 'A prompt',
            lockTimeoutMs,
          )
        await sleep(backoffMs(turn, BACKOFF))
      }
    })
  }

  /** Undefined if the plan was made for prompts that have changed meanwhile, and has failed for that reason. */
  async #planned(
    looks: readonly PromptLook[],
    plan: SourcePlan,
  ): Promise<readonly SourceChange[] | undefined> {
    try {
      return await plan(
        looks.map(({ head, versions }) => {
          return { promptId: head.state.promptId, head: head.state.head, versions }
        }),
      )
    } catch (error) {
      if (await this.#areSame(looks)) throw error
      return undefined
    }
  }

  async #areSame(looks: readonly PromptLook[]): Promise<boolean> {
    const same = await mapLimited(looks, AT_ONCE, async ({ head }) => {
      return await this.#parts.heads.isSame({ ...head, seen: head.state })
    })
    return same.every(Boolean)
  }

  async #taken(existing: readonly NewDocument[]): Promise<readonly TakenDocument[]> {
    const found = await mapLimited(existing, AT_ONCE, async ({ promptId, version }) => {
      const stored = await this.#parts.reader.get(promptId, [version])
      return stored.map((one) => ({ promptId, ...one }))
    })
    return found.flat()
  }
}

/** A failure that says nothing of an outcome comes from a question: nothing was changed. */
async function withOutcome<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw isStorageError(error) && error.context['outcome'] === undefined
      ? withNothingDone(error)
      : error
  }
}

/** What is required alone changes nothing: the prompts have to be the same. */
export function changesSomething({
  save,
  delete: deleted,
  head,
  moves,
  record,
}: SourceChange): boolean {
  const isRecorded = head !== undefined || record !== undefined
  return isRecorded || save.length + deleted.length + moves.length > 0
}

function hasVersion(looks: readonly PromptLook[]): (name: VersionName) => boolean {
  const versions = new Map(
    looks.map(({ head, versions: names }) => [head.state.promptId, new Set(names)]),
  )
  return ({ promptId, version }) => versions.get(promptId)?.has(version) === true
}

function insertions(
  looks: readonly PromptLook[],
  documents: readonly NewDocument[],
): readonly SourceChange[] {
  return looks.map(({ head, versions }) => {
    const { promptId } = head.state
    return {
      view: { promptId, head: head.state.head, versions },
      save: documents.filter((document) => document.promptId === promptId),
      delete: [],
      head: undefined,
      moves: [],
      requires: [],
      isDeletion: false,
    }
  })
}
