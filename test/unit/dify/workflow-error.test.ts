import { expect, it } from 'vitest'
import { isHoldfastError, isStorageError } from '../../../src/base/errors.js'
import { WorkflowError } from '../../../src/dify/workflow-error.js'

it('an error of a workflow has its name, code, context and cause, and is not an error of a storage', () => {
  const cause = new Error('below')
  const error = new WorkflowError('OPT-EXT-003', 'is not YAML', { context: { line: 3 }, cause })
  expect(error).toMatchObject({
    name: 'WorkflowError',
    code: 'OPT-EXT-003',
    context: { line: 3 },
    cause,
  })
  expect(isHoldfastError(error)).toBe(true)
  expect(isStorageError(error)).toBe(false)
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ name: 'WorkflowError' })
})

it('its message is cut where it quotes long names of the file', () => {
  const { message } = new WorkflowError('OPT-EXT-010', 'n'.repeat(5000))
  expect(message).toBe(`${'n'.repeat(1000)}… (4000 more characters)`)
})
