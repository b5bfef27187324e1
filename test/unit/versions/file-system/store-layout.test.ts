import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHashedName, isPromptId } from '../../../../src/document/prompt-id.js'
import {
  headPathIn,
  historyPathIn,
  StoreLayout,
} from '../../../../src/versions/file-system/store-layout.js'

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
    expect(layout.headPaths('Prompt 1')).toEqual([`${within}/.labels.json`])
    expect(historyPathIn(within, 1)).toBe(`${within}/.labels.jsonl`)
    expect(historyPathIn(within, 12)).toBe(`${within}/.labels.12.jsonl`)
    expect(layout.parseVersionPath(headPathIn(within))).toBeUndefined()
  })

  it('has several places for a version, and follows the mark', () => {
    const layout = new StoreLayout({ foldCase: false, shardDepth: 0 })
    expect(layout.hasOnePlace).toBe(true)
    expect(layout.parseVersionPath('p/1.0.0.json.gz')).toBeUndefined()
    layout.update({ shardDepth: 2, otherDepth: 0, forms: ['plain', 'gzip'] })
    layout.update({ shardDepth: 2, otherDepth: 0, forms: ['plain', 'gzip'] })
    expect(layout.changes).toBe(1)
    const [shard] = layout.promptDirectory('p').split('/')
    const paths = layout.placesOf('p', '1.0.0').map((place) => layout.pathOf(place))
    expect(paths).toEqual([
      `${shard}/p/1.0.0.json`,
      `${shard}/p/1.0.0.json.gz`,
      'p/1.0.0.json',
      'p/1.0.0.json.gz',
    ])
    expect(layout.placesOf('p', '1.0.0')[0]).toEqual(layout.placeOf('p', '1.0.0'))
    for (const [at, path] of paths.entries())
      expect(layout.parseVersionPath(path)).toEqual(layout.placesOf('p', '1.0.0')[at])
    expect([layout.isShard(shard ?? ''), layout.isShard('p')]).toEqual([true, false])
    expect(layout.isOfPrompt('p', 'p/x')).toBe(true)
    expect(layout.isOfPrompt('p', 'q/x')).toBe(false)
  })

  it('places the changes of every layout and form, whatever the mark says', () => {
    const layout = new StoreLayout({ foldCase: false, shardDepth: 0 })
    const other = new StoreLayout({ foldCase: false, shardDepth: 3, forms: ['plain', 'zstd'] })
    for (const place of other.placesOf('p', '1.0.0')) {
      const path = other.pathOf(place)
      expect(layout.changedPlace({ kind: 'create', path })).toEqual(place)
    }
  })

  it('finds the directories of a prompt by the name of a former one', () => {
    for (const promptId of ['p', 'x'.repeat(700)])
      for (const [from, to] of [
        [0, 2],
        [2, 0],
        [1, 4],
      ] as const) {
        const former = new StoreLayout({ foldCase: false, shardDepth: from })
        const layout = new StoreLayout({ foldCase: false, shardDepth: to })
        expect(layout.directoriesBeside(former.promptDirectory(promptId))).toEqual([
          layout.promptDirectory(promptId),
        ])
      }
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
