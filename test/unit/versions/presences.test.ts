import { describe, expect, it } from 'vitest'
import { existenceAt, movesUntil, presencesOf } from '../../../src/versions/presences.js'

const at = (second: number): string => new Date(second * 1000).toISOString()
const move = (second: number, to: string | null): ReturnType<typeof movesUntil>[number] => {
  return { label: 'a', from: null, to, by: null, reason: null, at: at(second) }
}
const deleted = (second: number, versions: Record<string, string | null>): object => {
  return { deleted: versions, trash: true, at: at(second) }
}
const restored = (second: number, versions: Record<string, string | null>): object => {
  return { restored: versions, at: at(second) }
}
const past = (
  versions: Record<string, string | null>,
  ...history: readonly object[]
): Parameters<typeof presencesOf>[0] => {
  return { versions: new Map(Object.entries(versions)), history: history as never }
}

describe('the presences of versions', () => {
  it('end with a deletion, and begin again with a restoration or another save', () => {
    const found = presencesOf(
      past(
        { '1.0.0': at(1), '1.0.1': at(9) },
        move(2, '1.0.0'),
        deleted(3, { '1.0.0': at(1), '1.0.1': at(2) }),
        restored(5, { '1.0.0': at(1) }),
        deleted(6, { '1.0.0': at(1) }),
        restored(7, { '1.0.0': at(1) }),
      ),
    )
    expect(found.map(({ version, from, until }) => [version, from, until])).toEqual([
      ['1.0.0', at(1), at(3)],
      ['1.0.1', at(2), at(3)],
      ['1.0.0', at(5), at(6)],
      ['1.0.0', at(7), null],
      ['1.0.1', at(9), null],
    ])
  })

  it('begin with the save where another program removed what was restored', () => {
    const [, second] = presencesOf(
      past({ '1.0.0': at(9) }, deleted(3, { '1.0.0': at(1) }), restored(5, { '1.0.0': at(1) })),
    )
    expect(second).toMatchObject({ from: at(9), savedAt: at(9) })
  })

  it('are unknown before the end of one without a beginning', () => {
    const [gone, live] = presencesOf(past({ '1.0.1': null }, deleted(3, { '1.0.0': null })))
    expect(gone && [2, 3].map((second) => existenceAt(gone, at(second)))).toEqual([
      'unknown',
      'absent',
    ])
    expect(live && existenceAt(live, at(2))).toBe('unknown')
  })

  it('begin in the moment of the commit and end before that of the deletion', () => {
    const [one] = presencesOf(past({}, deleted(3, { '1.0.0': at(1) })))
    const found = [0, 1, 2, 3].map((second) => one && existenceAt(one, at(second)))
    expect(found).toEqual(['absent', 'present', 'present', 'absent'])
  })
})

describe('movesUntil', () => {
  it('leaves out later moves, and one to a version that its commit saved later', () => {
    const moves = [move(1, '1.0.0'), move(4, '1.0.1'), move(8, null)]
    const all = past({ '1.0.0': at(1), '1.0.1': at(5), '1.0.2': null }, ...moves)
    expect(movesUntil(all, at(0))).toEqual([])
    expect(movesUntil(all, at(4))).toEqual(moves.slice(0, 1))
    expect(movesUntil(all, at(5))).toEqual(moves.slice(0, 2))
    expect(movesUntil(all, at(9))).toEqual(moves)
  })
})
