import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import {
  chosenPrompts,
  promptsOf,
  seedOf,
  textsByPointer,
} from '../../../../src/optimizer/run/run-prompts.js'
import { workflowWith } from '../../../support/wrong-workflow.js'

const PROMPTS = promptsOf(parseDifyFile(workflowWith('Answer.'), 'small.yml'))
const POINTER = '/workflow/graph/nodes/1/data/prompt_template/0/text'

describe('the prompts of a run', () => {
  it('are all texts for a model, or those that are named by id or pointer', () => {
    expect(seedOf(PROMPTS)).toEqual({ small_llm_0: 'Answer.', small_llm_1: '{{#start.text#}}' })
    expect(chosenPrompts(PROMPTS, undefined)).toBe(PROMPTS)
    for (const name of ['small_llm_0', POINTER])
      expect(chosenPrompts(PROMPTS, [name]).map(({ prompt_id: id }) => id)).toEqual(['small_llm_0'])
  })

  it('are refused by an unknown name, and where there are none', () => {
    expect(() => chosenPrompts(PROMPTS, ['small_llm'])).toThrow(
      /not one of small_llm_0, small_llm_1/,
    )
    expect(() => chosenPrompts([], undefined)).toThrow(/no prompt/)
  })

  it('have their new texts by the place in the file', () => {
    const texts = textsByPointer(PROMPTS, { small_llm_0: 'New.' })
    expect(texts.get(POINTER)).toBe('New.')
    expect([...texts.values()]).toEqual(['New.', '{{#start.text#}}'])
  })
})
