import { expect, it } from 'vitest'
import { syntaxOf } from '../../../../src/optimizer/rewriting/prompt-syntax.js'

it('how a prompt is filled is what its importer has noted', () => {
  expect(syntaxOf({ context: { syntax: 'app' } })).toBe('app')
  expect(syntaxOf({ context: { edition_type: 'jinja2' } })).toBe('jinja2')
  expect(syntaxOf({ context: { syntax: 'other' } })).toBe('basic')
  expect(syntaxOf({})).toBe('basic')
})
