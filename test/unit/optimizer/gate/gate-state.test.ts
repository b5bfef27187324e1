import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import {
  gateState,
  gateStateText,
  parseGateState,
} from '../../../../src/optimizer/gate/gate-state.js'
import { workflowWith } from '../../../support/wrong-workflow.js'

describe('the state of files for a gate', () => {
  it('has findings and scores, and is read as it was written', () => {
    const file = parseDifyFile(workflowWith('Answer {{#nowhere.text#}}.'), 'flows\\small.yml')
    const state = gateState([file])
    expect(state.files).toMatchObject([
      {
        file: 'flows/small.yml',
        findings: [{ rule: 'unresolvable-reference', severity: 'error', node_id: 'llm' }],
        prompts: [{ prompt_id: 'small_llm_0', line: 13 }, { prompt_id: 'small_llm_1' }],
      },
    ])
    expect(parseGateState(gateStateText(state), 'gate.json')).toEqual(state)
  })

  it('leaves rules out that are off', () => {
    const file = parseDifyFile(workflowWith('Answer {{#nowhere.text#}}.'), 'small.yml')
    const state = gateState([file], { rules: { 'unresolvable-reference': 'off' } })
    expect(state.files[0]?.findings).toEqual([])
  })

  it('is refused with its name if it is another file', () => {
    for (const text of ['{}', 'no JSON', '{"format":2,"rules":"holdfast-1","files":[]}'])
      expect(() => parseGateState(text, 'gate.json')).toThrow(/^gate\.json: /)
    expect(() => parseGateState('[]', 'gate.json')).toThrow(
      'gate.json: The baseline is wrong: expected object, got an array',
    )
  })
})
