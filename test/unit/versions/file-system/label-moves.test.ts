import { expect, it } from 'vitest'
import { LabelMoves } from '../../../../src/versions/file-system/label-moves.js'
import { StoreLayout } from '../../../../src/versions/file-system/store-layout.js'

it('moves of labels tag a file that is not a version, whatever its path says', () => {
  const layout = new StoreLayout({ foldCase: false, shardDepth: 0 })
  const tag = new LabelMoves({ directory: 'p', promptId: 'p' }, undefined)
  expect(layout.changedPlace({ kind: 'replace', path: 'p/.labels.jsonl', tag })).toBeUndefined()
  expect(layout.changedPlace({ kind: 'replace', path: 'p/1.0.0.json', tag })).toBeUndefined()
})
