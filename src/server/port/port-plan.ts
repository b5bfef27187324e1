import { wrongArgument } from '../../base/misuse.js'
import { canonicalJson } from '../../document/checksum.js'
import { checkHead, checkMove } from '../../versions/prompt-head-fields.js'
import {
  NO_HEAD,
  type PromptChange,
  type PromptHead,
  type PromptView,
} from '../../versions/prompt-heads.js'
import type { PromptVersionInput } from '../../versions/prompts/prompt-version.js'
import type { WireChange, WireView } from '../../wire/store-port.js'
import { headIn, jsonIn, sameHead } from './wire-values.js'
import { receivedDocument } from './wire-documents.js'

/** What a commit changes, and what it was decided for. */
export interface PortPlan {
  readonly changes: readonly PromptChange<PromptVersionInput>[]
  /** Whether the prompts are as the client has seen them, as far as its decision depends on it. */
  holds(views: readonly PromptView[]): boolean
}

/**
 * @param by in whose name everything is recorded; undefined: as the client says
 * @throws TypeError for a head, move or document that does not fit, and for a change without its view
 */
export function plannedChanges(
  views: readonly WireView[],
  changes: readonly WireChange[],
  by?: string,
): PortPlan {
  const seen = new Map(views.map((view) => [view.prompt_id, view]))
  const decided = changes.map((change) => changeOf(change, seen.get(change.prompt_id), by))
  return {
    changes: decided.map(({ change }) => change),
    holds: (now) =>
      now.every((view) => {
        const expected = seen.get(view.promptId)
        const uses = decided.find(({ change }) => change.promptId === view.promptId)?.uses ?? []
        return (
          expected !== undefined &&
          sameHead(view.head, expected.head) &&
          sameUse(uses, expected, view)
        )
      }),
  }
}

interface Decided {
  readonly change: PromptChange<PromptVersionInput>
  /** The versions whose existence the change depends on. */
  readonly uses: readonly string[]
}

function changeOf(change: WireChange, view: WireView | undefined, by?: string): Decided {
  const { prompt_id: promptId, save, delete: deleted, requires, head, moves } = change
  if (view === undefined)
    throw wrongArgument('Field "changes" must hold changes of prompts that are in "views" only')
  const documents = save.map((given) => receivedDocument(given).document)
  const moved = jsonIn(moves, 'moves')
  if (!Array.isArray(moved)) throw wrongArgument('Field "moves" must be the JSON of an array')
  return {
    change: {
      promptId,
      // The storage checks them against its schema.
      save: documents as unknown as readonly PromptVersionInput[],
      delete: deleted,
      requires,
      moves: moved.map((move, at) => {
        const checked = checkMove(move, `moves[${at}]`)
        return by === undefined ? checked : { ...checked, by }
      }),
      ...(head === undefined ? {} : { head: signedHead(jsonIn(head, 'head'), view.head, by) }),
    },
    uses: [...documents.map(({ version }) => version), ...deleted, ...requires],
  }
}

/** The head, with the name at everything that is new in it. */
function signedHead(given: unknown, before: string | null, by: string | undefined): PromptHead {
  const head = checkHead(given, 'head')
  if (by === undefined) return head
  const seen = headIn(before) ?? NO_HEAD
  return {
    ...head,
    labels: signed(head.labels, seen.labels, by),
    deprecated: signed(head.deprecated, seen.deprecated, by),
  }
}

function signed<Note extends object>(
  notes: Readonly<Record<string, Note>>,
  seen: Readonly<Record<string, Note>>,
  by: string,
): Readonly<Record<string, Note>> {
  return Object.fromEntries(
    Object.entries(notes).map(([name, note]) => {
      const isSeen = Object.hasOwn(seen, name) && canonicalJson(seen[name]) === canonicalJson(note)
      return [name, isSeen ? note : { ...note, by }]
    }),
  )
}

function sameUse(uses: readonly string[], expected: WireView, { versions }: PromptView): boolean {
  const before = new Set(expected.versions)
  const now = new Set(versions)
  return uses.every((version) => before.has(version) === now.has(version))
}
