import type { VersionTransactions } from '../../versions/prompt-heads.js'
import { PromptRegistry } from '../../versions/registry/prompt-registry.js'
import { supports } from '../../versions/supports.js'
import type { VersionStorage } from '../../versions/version-storage.js'
import type { PromptHistory } from './report-facts.js'

/** Most versions of a prompt that a report shows, the latest ones. */
const VERSIONS_MAX = 20

/**
 * The versions and labels of prompts in a store, the newest first. Prompts that the store does not have are left out;
 * the histories are without labels where the storage has none.
 */
export async function promptHistories(
  storage: VersionStorage,
  promptIds: readonly string[],
): Promise<readonly PromptHistory[]> {
  const read = supports(storage, 'labels') ? withLabels : withoutLabels
  const histories: PromptHistory[] = []
  for (const promptId of promptIds) {
    const history = await read(storage, promptId)
    if (history.versions.length > 0) histories.push(history)
  }
  return histories
}

async function withLabels(storage: VersionStorage, promptId: string): Promise<PromptHistory> {
  const registry = new PromptRegistry({ storage: storage as VersionStorage & VersionTransactions })
  const versions = await registry.history(promptId, { limit: VERSIONS_MAX })
  return {
    prompt_id: promptId,
    versions: versions.map(({ version, created_at, author, message, labels }) => ({
      version,
      created_at: created_at ?? '',
      author: author ?? null,
      message: message ?? null,
      labels,
    })),
  }
}

async function withoutLabels(storage: VersionStorage, promptId: string): Promise<PromptHistory> {
  const versions = await storage.listVersions(promptId, {
    order: 'descending',
    limit: VERSIONS_MAX,
  })
  return {
    prompt_id: promptId,
    versions: versions.map(({ version, created_at }) => ({
      version,
      created_at,
      author: null,
      message: null,
      labels: [],
    })),
  }
}
