import { describe, expect, it } from 'vitest'
import type { LoggedChange } from '../../../../src/engine/journal/dirty-log.js'
import { keyOf, placedChanges } from '../../../../src/versions/file-system/placed-changes.js'
import { StoreLayout } from '../../../../src/versions/file-system/store-layout.js'

const LAYOUT = new StoreLayout({ foldCase: false, shardDepth: 0 })
const SHARDED = new StoreLayout({ foldCase: false, shardDepth: 2 }).promptDirectory('p')

function told(...changes: readonly (readonly [LoggedChange['kind'], string, number?])[]): string[] {
  const logged = changes.map(([kind, path, lsn = 1]) => ({ kind, path, lsn, timeMs: 0 }))
  return placedChanges(logged, LAYOUT).map(({ kind, path, place }) =>
    `${kind} ${path} ${place?.version ?? ''}`.trimEnd(),
  )
}

describe('placed changes', () => {
  it('show a version that went to another place in one commit as moved', () => {
    expect(told(['create', 'p/1.0.0.json.gz'], ['remove', 'p/1.0.0.json'])).toEqual([
      'move p/1.0.0.json.gz 1.0.0',
    ])
    expect(told(['create', `${SHARDED}/1.0.0.json`], ['remove', 'p/1.0.0.json'])).toEqual([
      `move ${SHARDED}/1.0.0.json 1.0.0`,
    ])
    expect(
      told(
        ['create', 'p/1.0.0.json.gz'],
        ['remove', 'p/1.0.0.json'],
        ['create', 'p/1.0.1.json.gz'],
        ['remove', 'p/1.0.1.json'],
      ),
    ).toEqual(['move p/1.0.0.json.gz 1.0.0', 'move p/1.0.1.json.gz 1.0.1'])
  })

  it('are what they were for anything else', () => {
    const others = [
      [
        ['remove', 'p/1.0.0.json'],
        ['create', 'p/1.0.0.json.gz'],
      ],
      [
        ['create', 'p/1.0.0.json'],
        ['remove', 'p/1.0.0.json'],
      ],
      [
        ['create', 'p/1.0.0.json.gz', 1],
        ['remove', 'p/1.0.0.json', 2],
      ],
      [
        ['create', 'p/1.0.0.json.gz'],
        ['remove', 'q/1.0.0.json'],
      ],
      [
        ['create', 'p/1.0.0.json.gz'],
        ['remove', 'p/1.0.1.json'],
      ],
      [
        ['replace', 'p/.labels.json'],
        ['remove', 'p/1.0.1.json'],
      ],
    ] as const
    for (const changes of others) expect(told(...changes)).toHaveLength(2)
  })

  it('say that labels are unknown where a head is removed, but not where it is moved', () => {
    const labelled = (...changes: readonly (readonly [LoggedChange['kind'], string])[]): unknown =>
      placedChanges(
        changes.map(([kind, path]) => ({ kind, path, lsn: 1, timeMs: 0 })),
        LAYOUT,
      ).flatMap(({ labels }) => (labels === undefined ? [] : [labels.directory]))
    expect(labelled(['remove', 'p/.labels.json'], ['remove', 'p/.labels.jsonl'])).toEqual(['p'])
    const moved = `${SHARDED}/.labels.json`
    expect(labelled(['create', moved], ['remove', 'p/.labels.json'])).toEqual([])
    expect(labelled(['create', 'q/.labels.json'], ['remove', 'p/.labels.json'])).toEqual(['p'])
    expect(labelled(['create', 'p/.labels.json'], ['replace', 'p/.labels.json'])).toEqual([])
  })

  it('show a removal from several places once', () => {
    expect(told(['remove', 'p/1.0.0.json'], ['remove', 'p/1.0.0.json.gz'])).toEqual([
      'remove p/1.0.0.json 1.0.0',
    ])
  })

  it('know a version by one key at each of its places', () => {
    const places = [`${SHARDED}`, 'p'].map((directory) => ({ directory, version: '1.0.0' }))
    expect(new Set(places.map(keyOf))).toEqual(new Set(['p/1.0.0']))
  })
})
