import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { NO_HEAD, type PromptHead } from '../../../../src/versions/prompt-heads.js'
import { graphOf, recordOf } from '../../../../src/versions/registry/version-records.js'

const at = '2025-01-17T10:00:00.000Z'
const state = (version: string): PromptHead['labels'][string] => ({
  version,
  at,
  by: null,
  reason: null,
})

describe('the record of a version', () => {
  it('has labels and tags of this version alone, sorted', () => {
    const head: PromptHead = {
      labels: { b: state('1.0.0'), c: state('1.0.1'), a: state('1.0.0') },
      highest: null,
      deprecated: { '1.0.0': { at, by: 'ada', reason: 'old' } },
      tags: { '1.0.0': ['x'], '1.0.1': ['y'] },
    }
    const document = sampleVersion('p', '1.0.0', { metadata: { author: 'ada', message: 7 } })
    expect(recordOf(document, head)).toMatchObject({
      author: 'ada',
      message: null,
      labels: ['a', 'b'],
      tags: ['x'],
      deprecated: { by: 'ada', reason: 'old' },
    })
  })

  it('of a prompt without a head has none of them', () => {
    const record = recordOf(sampleVersion('p', '1.0.0'), NO_HEAD)
    expect(record).toMatchObject({ labels: [], tags: [], deprecated: null })
    expect(Object.isFrozen(record)).toBe(true)
  })
})

describe('the graph of a prompt', () => {
  it('has an edge for each parent that exists, and names the others', () => {
    const node = (version: string, parent_version: string | null): ReturnType<typeof recordOf> =>
      recordOf(sampleVersion('p', version, { parent_version }), NO_HEAD)
    const nodes = [
      node('1.0.0', null),
      node('1.0.1', '1.0.0'),
      node('2.0.0', '1.0.0'),
      node('2.0.1', '0.9.0'),
    ]
    expect(graphOf(nodes)).toEqual({
      nodes,
      edges: [
        { from: '1.0.0', to: '1.0.1' },
        { from: '1.0.0', to: '2.0.0' },
      ],
      missing: ['0.9.0'],
    })
  })
})
