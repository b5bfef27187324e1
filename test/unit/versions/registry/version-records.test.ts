import { describe, expect, it } from 'vitest'
import type { VersionSummary } from '../../../../src/versions/version-summaries.js'
import { graphOf, recordOf } from '../../../../src/versions/registry/version-records.js'

const summary = (facts: Partial<VersionSummary>): VersionSummary => ({
  version: '1.0.0',
  size: 1,
  labels: [],
  tags: [],
  ...facts,
})

describe('the record of a version', () => {
  it('has what its summary says', () => {
    const deprecated = { at: '2025-01-17T10:00:00.000Z', by: 'ada', reason: 'old' }
    const said = summary({ author: 'ada', labels: ['a', 'b'], tags: ['x'], deprecated })
    expect(recordOf('p', said)).toEqual({
      prompt_id: 'p',
      version: '1.0.0',
      created_at: null,
      parent_version: null,
      author: 'ada',
      message: null,
      labels: ['a', 'b'],
      tags: ['x'],
      deprecated,
    })
  })

  it('has null for what is missing, and is frozen', () => {
    const record = recordOf('p', summary({}))
    expect(record).toMatchObject({ author: null, message: null, deprecated: null })
    expect(Object.isFrozen(record)).toBe(true)
  })
})

describe('the graph of a prompt', () => {
  it('has an edge for each parent that exists, and names the others', () => {
    const node = (version: string, parent_version: string | null): ReturnType<typeof recordOf> =>
      recordOf('p', summary({ version, parent_version }))
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
