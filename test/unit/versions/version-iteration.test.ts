import { describe, expect, it } from 'vitest'
import {
  iteratePromptIds,
  iterateVersions,
  offersIteration,
  type IterationSource,
  type PromptIdsOptions,
  type VersionsOptions,
} from '../../../src/versions/version-iteration.js'

const VERSIONS = ['1.0.0', '1.1.0', '1.2.0-beta.1', '1.2.0', '2.0.0-rc.1', '2.0.0']
const source: IterationSource<string> = {
  names: async () => await Promise.resolve(VERSIONS),
  read: async (_, versions) => await Promise.resolve(versions),
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('an iteration over versions', () => {
  it.each<[Partial<VersionsOptions>, readonly string[]]>([
    [{}, VERSIONS],
    [{ order: 'desc' }, VERSIONS.toReversed()],
    [{ range: '^1.1' }, ['1.1.0', '1.2.0']],
    [{ range: '^1.1', order: 'descending' }, ['1.2.0', '1.1.0']],
    [{ range: '>=2.0.0-0' }, ['2.0.0-rc.1', '2.0.0']],
    [{ range: '2.0.0-rc.1' }, ['2.0.0-rc.1']],
    [{ range: '9.0.0' }, []],
  ])('with %j has those', async (options, expected) => {
    expect(await all(iterateVersions(source, { promptId: 'p', ...options }))).toEqual(expected)
  })

  it('reads a part at a time, and nothing after a break', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => `1.0.${at}`)
    const parts: number[] = []
    const counted: IterationSource<string> = {
      names: async () => await Promise.resolve(names),
      read: async (_, versions) => {
        parts.push(versions.length)
        return await Promise.resolve(versions)
      },
    }
    for await (const version of iterateVersions(counted, { promptId: 'p' }))
      if (version === '1.0.100') break
    expect(parts).toEqual([64, 64])
  })

  it.each<[object, RegExp]>([
    [{}, /"promptId"/],
    [{ promptId: 'p', range: '@live' }, /names one version/],
    [{ promptId: 'p', range: 'latest' }, /names one version/],
    [{ promptId: 'p', range: '^^1' }, /"range"/],
    [{ promptId: 'p', order: 'up' }, /"order"/],
    [{ promptId: 'p', limit: 1 }, /"limit"/],
  ])('refuses %j at once', (options, message) => {
    expect(() => iterateVersions(source, options as VersionsOptions)).toThrow(message)
  })
})

describe('an iteration over ids', () => {
  const sorted = async (): Promise<readonly string[]> =>
    await Promise.resolve(['a', 'b/1', 'b/2', 'b/3', 'c'])

  it.each<[PromptIdsOptions | undefined, readonly string[]]>([
    [undefined, ['a', 'b/1', 'b/2', 'b/3', 'c']],
    [{ prefix: 'b/' }, ['b/1', 'b/2', 'b/3']],
    [{ prefix: '', limit: 1 }, ['a']],
    [{ prefix: 'b/', after: 'b/1', limit: 1 }, ['b/2']],
    [{ after: 'b' }, ['b/1', 'b/2', 'b/3', 'c']],
    [{ limit: 0 }, []],
    [{ prefix: 'x' }, []],
  ])('with %j has those', async (options, expected) => {
    expect(await all(iteratePromptIds(sorted, options))).toEqual(expected)
  })

  it.each<[object, RegExp]>([
    [{ prefix: 7 }, /"prefix"/],
    [{ after: '' }, /"after"/],
    [{ limit: -1 }, /"limit"/],
    [{ offset: 1 }, /"offset"/],
  ])('refuses %j at once', (options, message) => {
    expect(() => iteratePromptIds(sorted, options)).toThrow(message)
  })
})

it('is offered by a storage that says so', () => {
  expect(offersIteration({ supports: { iteration: true } })).toBe(true)
  expect(offersIteration({ versions: () => [], promptIds: () => [] })).toBe(false)
})
