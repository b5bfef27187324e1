import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHashedName, isPromptId } from '../../../../src/document/prompt-id.js'
import { StoreLayout } from '../../../../src/versions/file-system/store-layout.js'

const id = fc
  .oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ minLength: 1, maxLength: 300 }))
  .filter(isPromptId)
const version = fc.constantFrom('0.0.1', '1.0.0', '10.20.30', '1.0.0-Beta.1')
const rules = fc.record({ foldCase: fc.boolean(), shardDepth: fc.constantFrom(0, 1, 4) })

describe('StoreLayout', () => {
  it('parses the changes of others to the places that its own writer tags', () => {
    fc.assert(
      fc.property(id, version, rules, (promptId, name, given) => {
        const layout = new StoreLayout(given)
        const tag = layout.placeOf(promptId, name)
        const path = layout.pathOf(tag)
        expect(layout.changedPlace({ kind: 'create', path, tag })).toBe(tag)
        const parsed = layout.changedPlace({ kind: 'create', path })
        const directory = tag.directory.split('/').at(-1) ?? ''
        const told = isHashedName(directory) ? undefined : promptId
        expect(parsed).toEqual({ ...tag, promptId: told })
        expect(layout.promptFile(promptId) === undefined).toBe(told !== undefined)
      }),
    )
  })

  it('has the head and its history beside the versions, and treats neither as a version', () => {
    const layout = new StoreLayout({ foldCase: true, shardDepth: 2 })
    const within = layout.promptDirectory('Prompt 1')
    expect(layout.headPath('Prompt 1')).toBe(`${within}/.labels.json`)
    expect(layout.historyPath('Prompt 1', 1)).toBe(`${within}/.labels.jsonl`)
    expect(layout.historyPath('Prompt 1', 12)).toBe(`${within}/.labels.12.jsonl`)
    expect(layout.parseVersionPath(layout.headPath('Prompt 1'))).toBeUndefined()
  })

  it('knows no place for what is not a version', () => {
    const layout = new StoreLayout({ foldCase: false, shardDepth: 0 })
    for (const path of [
      'p/1.0',
      'p/1.0.0.txt',
      '1.0.0.json',
      '.trash/p/1.0.0.json',
      'a/b/1.0.0.json',
    ])
      expect(layout.changedPlace({ kind: 'create', path })).toBeUndefined()
  })
})
