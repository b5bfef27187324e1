import { describe, expect, it } from 'vitest'
import { drawGraph } from '../../../src/cli/version-graph.js'

/** @param versions the newest first, as `version<parent` */
function drawn(...versions: readonly string[]): string {
  const nodes = versions.map((text) => {
    const [version = '', parent_version = null] = text.split('<')
    return { version, parent_version }
  })
  return drawGraph(nodes)
    .map(({ rails, node }) => (node === undefined ? rails : `${rails} ${node.version}`))
    .join('\n')
}

describe('the graph of versions', () => {
  it('is a line for versions that follow each other', () => {
    expect(drawn('3<2', '2<1', '1')).toBe('* 3\n* 2\n* 1')
    expect(drawn()).toBe('')
  })

  it('has a rail for each branch, which ends where the branch began', () => {
    expect(drawn('5<3', '4<2', '3<2', '2<1', '1')).toBe(
      ['* 5', '| * 4', '* | 3', '|/', '* 2', '* 1'].join('\n'),
    )
  })

  it('joins several branches, past those between them', () => {
    expect(drawn('6<1', '5<2', '4<1', '3<2', '2<1', '1')).toBe(
      ['* 6', '| * 5', '| | * 4', '| | | * 3', '| |_|/', '| * | 2', '|_|/', '|/', '* 1'].join('\n'),
    )
  })

  it('moves rails over when one on their left ends', () => {
    expect(drawn('5<2', '4<2', '3<1', '2', '1')).toBe(
      ['* 5', '| * 4', '| | * 3', '|/ /', '* | 2', '  * 1'].join('\n'),
    )
  })

  it('uses the place of a rail that has ended', () => {
    expect(drawn('4', '3<1', '2', '1')).toBe(['* 4', '* 3', '| * 2', '* 1'].join('\n'))
    expect(drawn('5<2', '4<1', '3<2', '2', '1<0', '0')).toBe(
      ['* 5', '| * 4', '| | * 3', '|_|/', '* | 2', '  * 1', '  * 0'].join('\n'),
    )
  })

  it('ends the rail at a parent that is missing, above its child, or the version itself', () => {
    expect(drawn('3<9', '2<3', '1<1')).toBe('* 3\n* 2\n* 1')
  })

  it('says what is below a version, for further lines of its text', () => {
    const rows = drawGraph([
      { version: '3', parent_version: '1' },
      { version: '2', parent_version: '1' },
      { version: '1', parent_version: null },
    ])
    expect(rows.map(({ below }) => below)).toEqual(['|', '| |', '', ''])
  })

  it('is drawn at once for many versions', () => {
    const versions = Array.from({ length: 2000 }, (_, at) => `${2000 - at}<${(2000 - at) >> 1}`)
    expect(
      drawn(...versions)
        .split('\n')
        .at(-1),
    ).toBe('* 1')
  })
})
