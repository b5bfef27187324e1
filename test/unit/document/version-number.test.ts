import fc from 'fast-check'
import { compare } from 'semver'
import { describe, expect, it } from 'vitest'
import { wrongArgument } from '../../../src/base/misuse.js'
import {
  checkVersion,
  compareVersions,
  isVersion,
  nextVersion,
  parseVersionFileName,
  sortVersions,
  versionFileName,
} from '../../../src/document/version-number.js'
import { seeded } from '../../support/random.js'

const prereleases = { allowPrerelease: true }
const number = fc.oneof(fc.nat(20), fc.maxSafeNat())
const plain = fc.tuple(number, number, number).map((parts) => parts.join('.'))
const identifier = fc.oneof(
  fc.nat(1000).map(String),
  fc.stringMatching(/^[A-Za-z-][0-9A-Za-z-]{0,5}$/),
)
const prerelease = fc
  .tuple(plain, fc.array(identifier, { minLength: 1, maxLength: 2 }))
  .map(([version, parts]) => `${version}-${parts.join('.')}`)
  .filter((version) => version.length <= 64)

describe('isVersion', () => {
  it.each(['0.0.0', '1.0.0', '10.20.30', '9007199254740991.0.9007199254740991'])(
    'takes %s',
    (version) => {
      expect(isVersion(version)).toBe(true)
    },
  )

  it.each([
    '',
    '1',
    '1.0',
    '1.0.0.0',
    '01.0.0',
    '1.00.0',
    '1.0.01',
    ' 1.0.0',
    '1.0.0 ',
    '1.0.0\n',
    '1_0.0.0',
    '+1.0.0',
    '-1.0.0',

    'v1.0.0',
    '=1.0.0',
    '1.0.0-beta',
    '1.0.0+b',
    '١.0.0',
    '１.0.0',
    '1.0.x',
    '1e3.0.0',
    '0x1.0.0',
    '1..0',
    '9007199254740992.0.0',

    `1.0.${'0'.repeat(100)}`,
    '../1.0.0',
    null,
    undefined,
    1,
    ['1.0.0', { toString: (): string => '1.0.0' }],
  ])('refuses %j', (value) => {
    expect(isVersion(value)).toBe(false)
  })

  it.each(['1.0.0-beta', '1.0.0-beta.1', '1.0.0-0', '1.0.0-a-b.-', '1.0.0-RC.10'])(
    'takes %s where pre-releases are allowed',
    (version) => {
      expect(isVersion(version, prereleases)).toBe(true)
      expect(isVersion(version)).toBe(false)
    },
  )

  it.each([
    '1.0.0-',
    '1.0.0-01',
    '1.0.0-a..b',
    '1.0.0-a_b',
    '1.0.0-é',
    'v1.0.0-a',
    ' 1.0.0-a',
    '1.0.0-a+b',
    '1.0.0+b',
    '1.0-a',
    '1.0.0-9007199254740993',
    '01.0.0-a',
    `1.0.0-${'a'.repeat(60)}`,
    '1.0.0-a/b',
    '1.0.0-a\n',
  ])('refuses %j even there', (version) => {
    expect(isVersion(version, prereleases)).toBe(false)
  })
})

describe('checkVersion', () => {
  it('says what was expected and what came', () => {
    expect(() => checkVersion('01.0.0')).toThrow(
      wrongArgument(
        `Argument "version" must be "MAJOR.MINOR.PATCH" of plain decimal numbers, got '01.0.0'; did you mean '1.0.0'?`,
      ),
    )
    expect(() => checkVersion(5, prereleases, 'parent')).toThrow(/^Argument "parent" .*PRERELEASE/)
  })
})

describe('the order of versions', () => {
  it('is by number and puts pre-releases before their release', () => {
    const ascending = [
      '0.9.0',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0',
      '1.9.0',
      '1.10.0',
    ]
    expect([...ascending].reverse().sort(compareVersions)).toEqual(ascending)
    expect(sortVersions([...ascending].reverse())).toEqual(ascending)
  })

  it('is that of Semantic Versioning, and total', () => {
    const any = fc.oneof(plain, prerelease)
    fc.assert(
      fc.property(any, any, (left, right) => {
        expect(Math.sign(compareVersions(left, right))).toBe(compare(left, right))
        expect(compareVersions(left, right) === 0).toBe(left === right)
      }),
      { numRuns: 3000 },
    )
  })

  it('is the same for a whole list', () => {
    fc.assert(
      fc.property(fc.array(plain), (versions) => {
        expect(sortVersions(versions)).toEqual([...versions].sort(compareVersions))
      }),
    )
  })

  it.each([
    ['numbers that fit into a key', fc.nat(4095)],
    ['numbers that do not', fc.integer({ min: 4090, max: 4100 })],
  ])('is the same for a long list of %s', (_, part) => {
    const version = fc.tuple(part, part, part).map((parts) => parts.join('.'))
    fc.assert(
      fc.property(fc.array(version, { minLength: 16, maxLength: 100 }), (versions) => {
        expect(sortVersions(versions)).toEqual([...versions].sort(compareVersions))
      }),
      seeded(200),
    )
  })

  it('is the same for a long list with a pre-release in it', () => {
    const versions = Array.from({ length: 100 }, (_, at) => `1.0.${99 - at}`)
    const sorted = sortVersions([...versions, '1.0.7-rc.1', '1.0.7-rc.10', '1.0.7-rc.2'])
    expect(sorted.slice(6, 11)).toEqual([
      '1.0.6',
      '1.0.7-rc.1',
      '1.0.7-rc.2',
      '1.0.7-rc.10',
      '1.0.7',
    ])
  })
})

describe('nextVersion', () => {
  it.each([
    [undefined, 'major', '1.0.0'],
    [undefined, 'patch', '1.0.0'],
    ['1.2.3', 'major', '2.0.0'],
    ['1.2.3', 'minor', '1.3.0'],
    ['1.2.3', 'patch', '1.2.4'],
    ['1.9.9', 'patch', '1.9.10'],
    ['1.2.0-beta.1', 'patch', '1.2.0'],
    ['2.0.0-rc', 'major', '2.0.0'],
  ] as const)('after %s comes, for %s, %s', (latest, bump, next) => {
    expect(nextVersion(latest, bump)).toBe(next)
  })

  it('refuses to go past the safe integers', () => {
    expect(() => nextVersion('1.0.9007199254740991', 'patch')).toThrow(RangeError)
    expect(nextVersion('1.0.9007199254740991', 'minor')).toBe('1.1.0')
  })
})

describe('the file name of a version', () => {
  it('is the version and .json', () => {
    expect(versionFileName('1.2.3')).toBe('1.2.3.json')
    expect(parseVersionFileName('1.2.3.json')).toBe('1.2.3')
  })

  it.each([
    '1.2.3',
    '1.2.json',
    '01.2.3.json',
    '1.2.3.JSON',
    '1.2.3.json.gz',
    'beta.json',
    '.json',
    '1.2.3.json~',
    '1.2.3-a.json',
    '%31.2.3.json',
  ])('%j is none', (name) => {
    expect(parseVersionFileName(name)).toBeUndefined()
  })

  it('keeps pre-releases apart that differ in case, also where case is folded', () => {
    const options = { ...prereleases, foldCase: true }
    fc.assert(
      fc.property(prerelease, prerelease, (left, right) => {
        const name = versionFileName(left, options)
        expect(parseVersionFileName(name, options)).toBe(left)
        expect(name.toLowerCase()).toBe(name)
        expect(name.length).toBeLessThan(255)
        if (left !== right) expect(versionFileName(right, options)).not.toBe(name)
        expect(parseVersionFileName(versionFileName(left), prereleases)).toBe(left)
      }),
    )
    expect(versionFileName('1.0.0-Beta', options)).toBe('1.0.0-%42eta.json')
  })
})
