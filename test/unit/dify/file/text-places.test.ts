import { expect, it } from 'vitest'
import { TextPlaces } from '../../../../src/dify/file/text-places.js'

it('lines and columns are counted from 1, as editors do', () => {
  const places = new TextPlaces('ab\r\nc\rd\n\u2028🤔e')
  const at = (offset: number): string => Object.values(places.at(offset)).join(':')
  expect([0, 2, 4, 6, 8, 9, 11, 12].map(at)).toEqual([
    '1:1',
    '1:3',
    '2:1',
    '3:1',
    '4:1',
    '4:2',
    '4:4',
    '4:5',
  ])
})

it('a byte order mark has no column', () => {
  expect(new TextPlaces('\ufeffab').at(2)).toEqual({ line: 1, column: 2 })
})
