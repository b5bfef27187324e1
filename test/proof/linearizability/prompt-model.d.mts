import type { Model, Times } from './search.mjs'

export interface Item {
  readonly version: string
  readonly digest: string
}

export type Entry = readonly [version: string, digest: string]

/** What was asked of one prompt, and what came back; no outcome or answer where nothing came back. */
export type PromptOperation = Times &
  (
    | {
        readonly kind: 'save'
        readonly items: readonly Item[]
        readonly outcome?: 'done' | 'taken'
      }
    | { readonly kind: 'delete'; readonly version: string; readonly outcome?: 'done' | 'absent' }
    | { readonly kind: 'get'; readonly version: string; readonly answer: string | null }
    | { readonly kind: 'names'; readonly answer: readonly string[] }
    | { readonly kind: 'latestName'; readonly answer: string | null }
    | { readonly kind: 'latest'; readonly answer: Entry | null }
    | { readonly kind: 'documents'; readonly answer: readonly Entry[] }
  )

export declare const promptModel: Model<{ readonly key: string }, PromptOperation>
