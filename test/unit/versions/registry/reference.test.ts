import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatReference,
  highestStable,
  parseReference,
  parseReferenceAfterAt,
  resolveReference,
  unknownReference,
  type Known,
} from '../../../../src/versions/registry/reference.js'
import { seeded } from '../../../support/random.js'

const known: Known = {
  names: ['1.10.0', '1.0.0', '1.9.0', '1.2.3', '2.0.0-beta.1', '2.0.0-beta.2'],
  labels: new Map([
    ['production', '1.2.3'],
    ['staging', '2.0.0-beta.1'],
  ]),
}

function resolve(text: string, among: Known = known): string | undefined {
  return resolveReference(parseReference(text), among)
}

describe('parseReference', () => {
  it.each([
    ['1.4.2', { kind: 'version', version: '1.4.2' }],
    ['1.5.0-beta.1', { kind: 'version', version: '1.5.0-beta.1' }],
    ['^1.2', { kind: 'range', range: '^1.2' }],
    ['~1.4', { kind: 'range', range: '~1.4' }],
    ['>=1.2 <2', { kind: 'range', range: '>=1.2 <2' }],
    ['1', { kind: 'range', range: '1' }],
    ['1.x', { kind: 'range', range: '1.x' }],
    ['*', { kind: 'range', range: '*' }],
    ['1.0 - 1.4', { kind: 'range', range: '1.0 - 1.4' }],
    ['^1 || ^3', { kind: 'range', range: '^1 || ^3' }],
    ['>=2.0.0-0', { kind: 'range', range: '>=2.0.0-0' }],
    ['latest', { kind: 'latest' }],
    ['@latest', { kind: 'latest' }],
    ['@production', { kind: 'label', label: 'production' }],
    ['@eu-west.canary', { kind: 'label', label: 'eu-west.canary' }],
  ])('reads %s', (text, reference) => {
    expect(parseReference(text)).toEqual(reference)
    expect(Object.isFrozen(parseReference(text))).toBe(true)
    if (text !== '@latest') expect(formatReference(parseReference(text))).toBe(text)
  })

  it.each<[given: unknown, message: RegExp]>([
    ['', /it is empty/],
    ['production', /'p', character 1, does not fit; did you mean the label '@production'\?/],
    ['Latest', /did you mean 'latest'\?/],
    ['v1.4.2', /'v', character 1, does not fit; did you mean '1\.4\.2'\?/],
    [' 1.4.2', /' ', character 1, does not fit; did you mean '1\.4\.2'\?/],
    ['1.4.2\n', /'\\n', character 6, does not fit; did you mean '1\.4\.2'\?/],
    ['1.4.2.1', /'\.', character 6, does not fit/],
    ['^1.%', /'%', character 4, does not fit/],
    ['>=1.2 <', /its end is missing/],
    ['1.2.3+b', /'\+', character 6, does not fit/],
    ['99999999999999999999.0.0', /: the number '99999999999999999999' is over 9007199254740991/],
    ['1.4.2 ', /' ', character 6, does not fit; did you mean '1\.4\.2'\?/],
    ['@', /it is empty/],
    ['@Production', /'P', character 1, .*did you mean 'production'\?/],
    ['@1.4.2', /read as a version or a range/],
    ['x'.repeat(1000), /more characters/],
    [undefined, /got undefined/],
    [1, /got 1/],
    [{ kind: 'latest' }, /got \{/],
  ])('refuses %j and explains', (given, message) => {
    const call = (): unknown => parseReference(given, 'version')
    expect(call).toThrow(message)
    expect(call).toThrow(/^Argument "version" must be a /)
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_HOLDFAST_ARGUMENT' }))
  })

  it('explains every form', () => {
    expect(() => parseReference('?')).toThrow(
      'must be a version such as 1.4.2, a range such as ^1.2, ~1.4 or >=1.2 <2, latest, or a label such as @production',
    )
  })

  it('reads its own texts again, and nothing else throws another error', () => {
    const texts = fc.oneof(
      fc.string({ unit: fc.constantFrom(...Array.from('1.x^~>=<|- 0ab@latest')), maxLength: 12 }),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(texts, (text) => {
        let reference
        try {
          reference = parseReference(text)
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_HOLDFAST_ARGUMENT' })
          return
        }
        expect(parseReference(formatReference(reference))).toEqual(reference)
        expect(() => resolveReference(reference, known)).not.toThrow()
      }),
      seeded(2000),
    )
  })
})

describe('parseReferenceAfterAt', () => {
  it('takes a label without its @, and every other form', () => {
    expect(parseReferenceAfterAt('production')).toEqual({ kind: 'label', label: 'production' })
    expect(parseReferenceAfterAt('latest')).toEqual({ kind: 'latest' })
    expect(parseReferenceAfterAt('^1')).toEqual({ kind: 'range', range: '^1' })
    expect(parseReferenceAfterAt('1.0.0')).toEqual({ kind: 'version', version: '1.0.0' })
    expect(() => parseReferenceAfterAt('Production')).toThrow(/did you mean the label|must be/)
  })
})

describe('resolveReference', () => {
  it.each([
    ['1.2.3', '1.2.3'],
    ['1.2.4', undefined],
    ['2.0.0-beta.1', '2.0.0-beta.1'],
    ['^1.2', '1.10.0'],
    ['~1.2', '1.2.3'],
    ['>=1.2 <1.10', '1.9.0'],
    ['*', '1.10.0'],
    ['^2', undefined],
    ['^2.0.0-0', '2.0.0-beta.2'],
    ['>=2.0.0-beta.1 <2.0.0-beta.2', '2.0.0-beta.1'],
    ['>=1.0.0-0', '1.10.0'],
    ['latest', '1.10.0'],
    ['@production', '1.2.3'],
    ['@staging', '2.0.0-beta.1'],
    ['@prod', undefined],
  ])('finds %s', (text, version) => {
    expect(resolve(text)).toBe(version)
  })

  it('finds no latest in a prompt without versions', () => {
    expect(resolve('latest', { names: [], labels: new Map() })).toBeUndefined()
  })

  it('names the pre-releases where there is nothing else', () => {
    const names = ['2.0.0-beta.2', '2.0.0-beta.1']
    expect(() => resolve('latest', { names, labels: new Map(), promptId: 'greeting' })).toThrow(
      expect.objectContaining({
        code: 'OPT-VER-002',
        message:
          "Every version of 'greeting' is a pre-release, so none is the latest: 2.0.0-beta.1, 2.0.0-beta.2; name one, or a range such as >=2.0.0-beta.1",
        context: {
          reason: 'only_prereleases',
          prompt_id: 'greeting',
          prereleases: ['2.0.0-beta.1', '2.0.0-beta.2'],
        },
      }),
    )
    expect(() => resolve('latest', { names, labels: new Map() })).toThrow(/^Every version is/)
  })
})

describe('highestStable', () => {
  it('is undefined where every version is a pre-release', () => {
    expect(highestStable(['1.0.0-a', '1.0.0-b'])).toBeUndefined()
    expect(highestStable(['1.2.0', '1.10.0', '3.0.0-a'])).toBe('1.10.0')
  })
})

describe('unknownReference', () => {
  it('says what there is', () => {
    expect(unknownReference(parseReference('1.2.4'), { ...known, promptId: 'greeting' })).toBe(
      "Prompt 'greeting' has no version 1.2.4; versions: 1.0.0, 1.2.3, 1.9.0, 1.10.0, 2.0.0-beta.1, 2.0.0-beta.2; labels: @production (1.2.3), @staging (2.0.0-beta.1)",
    )
  })

  it('names the label that was probably meant', () => {
    expect(unknownReference(parseReference('@prodution'), known)).toMatch(
      /^The prompt has no label @prodution; did you mean '@production'\?; versions: /,
    )
  })

  it('cuts a long list in the middle', () => {
    const names = Array.from({ length: 1000 }, (_, at) => `1.${at}.0`)
    expect(unknownReference(parseReference('^2'), { names, labels: new Map() })).toBe(
      'The prompt has no version in the range ^2; versions: 1.0.0, 1.1.0, 1.2.0, … (994 more) …, 1.997.0, 1.998.0, 1.999.0; labels: none',
    )
  })

  it('says that there is nothing', () => {
    expect(unknownReference(parseReference('latest'), { names: [], labels: new Map() })).toBe(
      'The prompt has no version; versions: none; labels: none',
    )
  })
})
