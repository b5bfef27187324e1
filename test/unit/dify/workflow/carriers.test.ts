import { expect, it } from 'vitest'
import {
  ADVANCED_APP_CARRIERS,
  AGENT_CARRIERS,
  APP_CARRIERS,
  NODE_CARRIERS,
  SIMPLE_APP_CARRIERS,
  WORKFLOW_CARRIERS,
} from '../../../../src/dify/workflow/carriers.js'
import { EXPECTED } from '../dify-files.js'

it('has a rule for every kind of text in the real files, except messages', () => {
  const rules = [
    ...Object.values(NODE_CARRIERS).flat(),
    ...WORKFLOW_CARRIERS,
    ...APP_CARRIERS,
    ...SIMPLE_APP_CARRIERS,
    ...ADVANCED_APP_CARRIERS,
    ...AGENT_CARRIERS,
  ]
  const kinds = new Set<string>(rules.map(({ carrier }) => carrier))
  const found = new Set(EXPECTED.flatMap(({ carriers = [] }) => carriers.map(({ kind }) => kind)))
  expect([...found].filter((kind) => !kinds.has(kind))).toEqual(['llm.chat'])
  expect(rules.filter(({ optional }) => optional).map(({ carrier }) => carrier)).toEqual([
    'answer',
    'human_input.form',
    'wf.opening',
    'wf.suggested',
    'app.opening',
    'app.suggested',
  ])
})
