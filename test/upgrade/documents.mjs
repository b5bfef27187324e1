// What the stores of versions hold, and how it is told.

export function documentOf(promptId, version, text = `Version ${version} of ${promptId}.`) {
  return {
    version,
    prompt_id: promptId,
    created_at: '2026-01-01T00:00:00.000Z',
    parent_version: null,
    metadata: { author: 'Ada' },
    prompt: {
      id: promptId,
      workflow_id: 'upgrade',
      node_id: promptId,
      node_type: 'llm',
      text,
      role: 'system',
      variables: [],
      context: {},
    },
    analysis: null,
    optimization_result: null,
  }
}

/** A version by its name alone. */
export function named({ prompt_id, version }) {
  return { prompt_id, version }
}

/** What a store of versions says of these prompts beside their documents. */
export async function promptFactsOf(storage, ids) {
  const prompts = {}
  for (const id of ids) {
    const head = await storage.readHead(id)
    const moves = await storage.listLabelMoves(id)
    prompts[id] = { head, moves, summaries: await storage.listVersionSummaries(id) }
  }
  return JSON.parse(JSON.stringify(prompts))
}
