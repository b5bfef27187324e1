import { describe, expect, it } from 'vitest'
import { option, pick, resolveOptions, type OptionTable } from '../../../src/base/option-table.js'
import { flag, integer } from '../../../src/base/options.js'

interface Whole {
  readonly depth: number
  readonly deep: boolean
  readonly name: string | undefined
}

const TABLE: OptionTable<Whole> = {
  depth: option(2, integer(1, 4)),
  // Its default depends on another option.
  deep: (name, given, { depth }) => option(depth === 4, flag)(name, given, {}),
  name: option(undefined, (_, given) => String(given)),
}

describe('a table of options', () => {
  it('gives every option: what was given, or its default', () => {
    expect(resolveOptions(TABLE, {})).toEqual({ depth: 2, deep: false, name: undefined })
    const given = { depth: 4, name: 'x', deep: undefined }
    expect(resolveOptions(TABLE, given)).toEqual({ depth: 4, deep: true, name: 'x' })
  })

  it('names an option as its caller has spelled it', () => {
    expect(() => resolveOptions(TABLE, { depth: 5 })).toThrow(/^Option "depth" must be/)
    const nameOf = (name: string): string => `tree.${name}`
    expect(() => resolveOptions(TABLE, { depth: 5 }, nameOf)).toThrow(/^Option "tree.depth"/)
  })

  it('lends some of its options to another one', () => {
    expect(Object.keys(pick(TABLE, ['deep']))).toEqual(['deep'])
    expect(resolveOptions(pick(TABLE, ['deep']), { depth: 4 })).toEqual({ deep: true })
  })
})
