// The one document of these tests, for the tests and for the programs that they start.
export function documentOf(promptId, version, text = `Version ${version} of ${promptId}.`) {
  return {
    version,
    prompt_id: promptId,
    created_at: '2026-01-01T00:00:00.000Z',
    parent_version: null,
    metadata: {},
    prompt: promptOf(promptId, text),
    analysis: null,
    optimization_result: null,
  }
}

export function promptOf(promptId, text) {
  return {
    id: promptId,
    workflow_id: 'processes',
    node_id: promptId,
    node_type: 'llm',
    text,
    role: 'system',
    variables: [],
    context: {},
  }
}
