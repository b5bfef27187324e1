import type { RunReport } from '../../src/optimizer/run/run-report.js'

/** Text that would be an element, a script, a link, a name of a person or a control if it were not escaped. */
export const HOSTILE =
  '</script><img src=x onerror=alert(1)>"\'`@everyone [a](javascript:alert(1)) | \u001b[31m\u202e &amp;'

/** A report with one changed prompt whose every text is the given one. */
export function sampleReport(
  text = 'Answer {{#start.text#}}.',
  changes: Partial<RunReport> = {},
): RunReport {
  const outcome = {
    score: 0.25,
    outputs: { text },
    feedback: text,
    nodes: [{ node_id: text, outputs: { text } }],
  }
  return {
    format: 1,
    run: 'sample',
    verdict: 'gain',
    stopped_by: null,
    workflow: { file: text, name: text, mode: 'workflow', digest: 'd' },
    target: `model ${text}`,
    models: { proposer: text, target: text, judge: text },
    evaluators: ['contains'],
    plan: {
      algorithm: 'hill-climb',
      proposer: text,
      prompts: [text],
      cases: { train: 15, validation: 10, held_out: 24, anchors: 2 },
      calls: { total: 400, seed: 10, search: 304, proof: 96 },
    },
    search: {
      algorithm: 'hill-climb',
      proposer: text,
      random_seed: 1,
      seed_score: 0.25,
      best: {
        member: 1,
        origin: 'rewrite',
        parents: [0],
        changed: [text],
        score: 0.75,
        complete: true,
        candidate: { [text]: text },
      },
      stopped: 'budget',
      calls: { budget: 304, evaluations: 250, proposals: 54 },
      proposals: {
        accepted: 4,
        rejected: 40,
        refused: 2,
        refusals: { lost_placeholder: 2 },
        duplicate: 7,
        failed: 1,
      },
      merges: { accepted: 0, rejected: 0 },
      errors: { runs: 0, unscored_cases: [] },
    },
    progress: [
      { calls: 10, best_score: 0.25 },
      { calls: 60, best_score: 0.75 },
    ],
    proof: {
      verdict: 'gain',
      pairs: 2,
      baseline_mean: 0.25,
      winner_mean: 0.75,
      effect: 0.5,
      interval: { confidence: 0.9, low: 0.3, high: null },
      p_value: 0.00001,
      method: 'exact',
      alpha: 0.05,
      min_effect: 0.05,
      lost_pairs: 0,
      prompts: [
        { prompt_id: text, effect: 0.5, p_value: 0.01, adjusted_p_value: 0.02, significant: true },
      ],
      anchors: { checked: 2, worse: [], unscored: [] },
      cases: [
        { case_id: text, baseline: 0.25, winner: 0.75 },
        { case_id: `${text} 2`, baseline: 0.5, winner: 0.25 },
      ],
      runs: 4,
    },
    prompts: [
      {
        prompt_id: text,
        pointer: '/workflow/graph/nodes/1/data/prompt_template/0/text',
        node_id: 'llm',
        node_title: text,
        line: 22,
        syntax: 'basic',
        before: text,
        after: `${text}\nBe brief.`,
        changed: true,
      },
    ],
    wins: [{ case_id: text, inputs: { text }, expected: text, baseline: outcome, winner: outcome }],
    losses: [],
    ledger: {
      run: 'sample',
      settings: {},
      sessions: 1,
      requests: {
        different: 300,
        sent: 301,
        answered: 300,
        failed: 0,
        repeated: 1,
        looked_up: 0,
        open: 0,
      },
      asked: { [`chat ${text}`]: 301 },
      tokens: 12_345,
      money: 0.0123,
      request_seconds: 3,
    },
    notes: [text],
    ...changes,
  }
}
