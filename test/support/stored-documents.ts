import type { NewDocument, SourceChange, SourcePlan } from '../../src/index.js'

/** A document with a text, as a `DocumentStorage` passes it to its source. */
export function documentOf(
  promptId: string,
  version: string,
  text: string = version,
  savedAt?: string | null,
): NewDocument {
  return { promptId, version, savedAt, encode: () => Buffer.from(text) }
}

/** A plan that changes one prompt, and fills in what it leaves as it is. */
export function planOf(change: (view: SourceChange['view']) => Partial<SourceChange>): SourcePlan {
  return async ([view]) => {
    if (view === undefined) return await Promise.resolve([])
    const nothing = { save: [], delete: [], head: undefined, moves: [], requires: [] }
    return [{ view, ...nothing, isDeletion: false, ...change(view) }]
  }
}
