import { describe, expect, it } from 'vitest'
import { protectedRanges } from '../../../../src/optimizer/rewriting/protected-ranges.js'
import { tagPlaces } from '../../../../src/optimizer/rewriting/tag-places.js'

function places(text: string): readonly string[] {
  return tagPlaces(text, protectedRanges(text, 'basic'))
}

describe('the tags around a part', () => {
  it('are named from the outermost one', () => {
    expect(places('{{a}} <x>{{b}} <y>{{c}}</y> {{d}}</x> {{e}}')).toEqual(
      [' {{a}}', 'x {{b}}', 'x/y {{c}}', 'x {{d}}', ' {{e}}'].sort(),
    )
  })

  it('are those that are closed, whatever is open beside them', () => {
    expect(places('<p>{{a}} <x>{{b}} <br> {{c}}</x> </q> {{d}}')).toEqual(
      [' {{a}}', 'x {{b}}', 'x {{c}}', ' {{d}}'].sort(),
    )
    expect(places('<a><b>{{x}}</a></b>')).toEqual(['a {{x}}'])
    expect(places('<a/>{{x}}</a>')).toEqual([' {{x}}'])
  })

  it('are around code, addresses and JSON, too, and not around code between backticks', () => {
    const text = '<x>\n```\ny\n```\nhttps://e.org/a {"a": 1} `z`\n</x>'
    expect(places(text)).toEqual(['x ```\ny\n```', 'x https://e.org/a', 'x {"a": 1}'].sort())
  })

  it('are found in a time that grows with the length alone', () => {
    expect(places('<a>{{x}}'.repeat(20_000))).toHaveLength(20_000)
    expect(places(`${'<a>'.repeat(500)}{{x}}${'</a>'.repeat(500)}`)).toHaveLength(1)
  })
})
