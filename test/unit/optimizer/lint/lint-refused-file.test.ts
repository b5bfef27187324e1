import { expect, it } from 'vitest'
import { WorkflowError } from '../../../../src/dify/workflow-error.js'
import { findingOfRefusal } from '../../../../src/optimizer/lint/lint-refused-file.js'

const CONTEXT = { file: 'a.yml', reason: 'it ends at line 3, column 5', fault: 'it ends' }

it('a refusal is a finding at its place, and at the start of the file without one', () => {
  const error = new WorkflowError('OPT-EXT-003', 'refused', {
    context: { ...CONTEXT, line: 3, column: 5 },
  })
  expect(findingOfRefusal(error, 'a.yml', {})).toEqual([
    {
      rule: 'invalid-yaml',
      severity: 'error',
      message: 'The file is not YAML that Dify can read: it ends',
      remedy: 'Correct it there, or export the app from Dify again',
      file: 'a.yml',
      line: 3,
      column: 5,
      pointer: '',
    },
  ])
  const whole = new WorkflowError('OPT-EXT-010', 'refused', { context: { reason: 'no nodes' } })
  expect(findingOfRefusal(whole, 'a.yml', {})).toMatchObject([
    { rule: 'not-importable', message: expect.stringContaining('no nodes'), line: 1, column: 1 },
  ])
})

it('a refusal has the level of its rule for the file', () => {
  const error = new WorkflowError('OPT-EXT-010', 'refused', { context: { reason: 'x' } })
  const options = {
    rules: { 'not-importable': 'warning' },
    overrides: [{ files: ['*/compose.yml'], rules: { 'not-importable': 'off' } }],
  } as const
  expect(findingOfRefusal(error, 'a.yml', options)).toMatchObject([{ severity: 'warning' }])
  expect(findingOfRefusal(error, 'a/compose.yml', options)).toEqual([])
})

it('an error about something else is not a finding', () => {
  expect(findingOfRefusal(new WorkflowError('OPT-SVC-004', 'disk'), 'a.yml', {})).toEqual([])
})
