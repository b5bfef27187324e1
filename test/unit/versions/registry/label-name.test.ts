import fc from 'fast-check'
import { validRange } from 'semver'
import { describe, expect, it } from 'vitest'
import { escapeName } from '../../../../src/document/prompt-id.js'
import { checkLabelName, isLabelName } from '../../../../src/versions/registry/label-name.js'
import { seeded } from '../../../support/random.js'

describe('isLabelName', () => {
  it.each([
    'production',
    'staging',
    'a',
    'eu-west.canary',
    'team_a',
    '2024-q1',
    'a..b',
    'latest-eu',
    'console',
    'v2-candidate',
    'a'.repeat(63),
  ])('takes %s', (name) => {
    expect(isLabelName(name)).toBe(true)
    expect(() => checkLabelName(name)).not.toThrow()
  })

  it('refuses what is not text', () => {
    for (const value of [undefined, null, 1, ['a'], {}]) expect(isLabelName(value)).toBe(false)
  })

  it('takes only names that are file names as they are, on every disk, and that semver cannot read', () => {
    const near = fc.stringMatching(/^[a-z0-9xv][a-z0-9xv._-]{0,6}$/)
    fc.assert(
      fc.property(near, (name) => {
        if (!isLabelName(name)) return
        expect(escapeName(name, { foldCase: true })).toBe(name)
        expect(validRange(name)).toBeNull()
      }),
      seeded(2000),
    )
  })
})

describe('checkLabelName', () => {
  it.each<[given: unknown, message: RegExp]>([
    ['', /it is empty/],
    ['Production', /'P', character 1, does not fit.*did you mean 'production'\?/],
    ['pro duction', /' ', character 4, does not fit.*did you mean 'pro-duction'\?/],
    ['@production', /'@', character 1, .*did you mean 'production'\?/],
    ['ab/c', /'\/', character 3, /],
    ['a😀b', /'😀', character 2, /],
    ['😀', /'😀', character 1, /],
    ['a\u0000', /'\\x00', character 2, /],
    ['ü', /'ü', character 1, /],
    ['a.', /'\.', character 2, /],
    ['-a', /'-', character 1, /],
    ['.a', /'\.', character 1, /],
    ['a'.repeat(64), /it has 64 characters, at most 63/],
    ['latest', /reserved for the highest stable version/],
    ['con', /reserves this name for a device/],
    ['nul.txt', /reserves this name for a device/],
    ['lpt1', /reserves this name for a device/],
    ['1.4.2', /read as a version or a range/],
    ['1', /read as a version or a range/],
    ['1.x', /read as a version or a range/],
    ['v2', /read as a version or a range/],
    ['x', /read as a version or a range/],
    ['1.4.2.1', /read as a version or a range/],
    ['v1.b', /read as a version or a range/],
    ['1.0.0-beta', /read as a version or a range/],
    [undefined, /must be a label, got undefined/],
    [7, /must be a label, got 7/],
  ])('refuses %j and says why', (given, message) => {
    expect(isLabelName(given)).toBe(false)
    const call = (): void => checkLabelName(given, 'name')
    expect(call).toThrow(message)
    expect(call).toThrow(/^Argument "name" must be a label, got /)
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_HOLDFAST_ARGUMENT' }))
  })
})
