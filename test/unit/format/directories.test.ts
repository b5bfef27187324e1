import { describe, expect, it } from 'vitest'
import { directoriesAbove } from '../../../src/format/directories.js'

describe('the directories above a path', () => {
  it('are those that it lies in, the deepest first and the root last', () => {
    expect(directoriesAbove('a/bc/d.json')).toEqual(['a/bc', 'a', ''])
    expect(directoriesAbove('d.json')).toEqual([''])
  })
})
