import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { isStorageError } from '../base/errors.js'
import { toError } from '../base/values.js'
import type { Place } from './place.js'

/** How the watching of a connection ends, and where its failure is reported. */
export interface WatchRules {
  readonly signal: AbortSignal
  readonly onFailure: (error: Error) => void
}

/**
 * Tells the client whenever a list may have changed, by any process, until the signal: that of prompts when their label
 * moves, that of resources when versions come and go. A failure is reported and ends it: the client then has the list that it has asked for last.
 */
export async function announceChanges(
  { server }: McpServer,
  { storage, rules }: Place,
  { signal, onFailure }: WatchRules,
): Promise<void> {
  try {
    for await (const change of storage.watch({ labels: true, signal })) {
      const { kind } = change
      if (kind === 'reset' || (kind === 'label' && change.label === rules.label))
        await server.sendPromptListChanged()
      // A version may be the first of its prompt, or its last one that is gone.
      if (kind !== 'label') await server.sendResourceListChanged()
    }
  } catch (error) {
    const isOver = signal.aborted || isStorageError(error, 'FS-CLOSED-001')
    if (!isOver) onFailure(toError(error))
  }
}
