import type { PromptHead, VersionTransactions } from '../../versions/prompt-heads.js'

/** Reads heads: each storage does. */
export type HeadReader = Pick<VersionTransactions, 'readHead'>

/**
 * The head of a prompt, with everything that was acknowledged before this call. A storage that declares a coherence has
 * a memory, which it refreshes first; the memory of the others is never old.
 */
export async function freshHead(
  storage: HeadReader,
  promptId: string,
): Promise<PromptHead | undefined> {
  if (!('coherence' in storage)) return await storage.readHead(promptId)
  const reader = storage as {
    readHead(id: string, options: { readonly fresh: boolean }): Promise<PromptHead | undefined>
  }
  return await reader.readHead(promptId, { fresh: true })
}
