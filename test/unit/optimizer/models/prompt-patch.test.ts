import { describe, expect, it } from 'vitest'
import { strictlyParsed } from '../../../../src/config/strict.js'
import {
  promptOptimizationSchema,
  promptPatchSchema,
} from '../../../../src/optimizer/models/prompt-patch.js'

const patch = (selector: object, strategy: object = { mode: 'replace', content: 'x' }) =>
  strictlyParsed(promptPatchSchema, { selector, strategy }, 'the patch')

describe('a patch', () => {
  it('is a selector and a strategy, as the seed documents write them', () => {
    expect(patch({ by_id: '171' }, { mode: 'replace', content: 'Be brief.' })).toEqual({
      selector: { by_id: '171' },
      strategy: { mode: 'replace', content: 'Be brief.' },
    })
  })

  it.each([
    [{}, 'Key "the patch.selector" is wrong: expected at least one of by_id'],
    [{ if_missing: 'skip' }, 'expected at least one of by_id'],
    [{ by_ids: '1' }, 'Unknown key "by_ids" of the patch.selector; did you mean "by_id"?'],
    [{ by_id: 171 }, 'Key "the patch.selector.by_id" is wrong: expected string, got 171'],
    [{ by_id: '1', if_missing: 'ignore' }, 'Key "the patch.selector.if_missing" is wrong'],
    [{ by_id: '1', constraints: { if_mising: 'skip' } }, 'did you mean "if_missing"?'],
  ])('is refused for the selector %j', (selector, message) => {
    expect(() => patch(selector)).toThrow(TypeError)
    expect(() => patch(selector)).toThrow(message)
  })

  it.each([
    [{ mode: 'insert' }, 'Key "the patch.strategy.mode" is wrong'],
    [{ mode: 'template' }, 'expected "template" with the mode template'],
    [{ mode: 'append', template: { inline: 'x' } }, 'and with no other mode'],
    [{ mode: 'template', template: {} }, 'expected either "file" or "inline"'],
    [{ mode: 'template', template: { file: 'a', inline: 'b' } }, 'expected either'],
    [{ mode: 'replace', contents: 'x' }, 'did you mean "content"?'],
  ])('is refused for the strategy %j', (strategy, message) => {
    expect(() => patch({ by_id: '1' }, strategy)).toThrow(message)
  })
})

describe('a variant', () => {
  it('weighs 1 by default, and may have no patch at all', () => {
    const given = { variant_id: 'baseline', nodes: [] }
    expect(strictlyParsed(promptOptimizationSchema, given, 'the variant')).toEqual({
      variant_id: 'baseline',
      weight: 1,
      nodes: [],
    })
  })
})
