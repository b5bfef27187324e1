import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { inferLayout } from '../../../../src/versions/file-system/infer-layout.js'
import { StoreLayout, type LayoutRules } from '../../../../src/versions/file-system/store-layout.js'
import { tempDirectory } from '../../../support/temp.js'

const PROMPTS = ['greeting', 'Artifact_llm', 'Übersicht']

/** @param ids by path, the ids that the documents name; of all others they name none */
async function inferred(
  paths: readonly string[],
  foldCase = false,
  ids: ReadonlyMap<string, string> = new Map(),
): Promise<unknown> {
  const path = await tempDirectory()
  for (const file of paths) {
    await mkdir(join(path, dirname(file)), { recursive: true })
    await writeFile(join(path, file), JSON.stringify({ prompt_id: ids.get(file) }))
  }
  await using directory = await Store.open(path, { adopt: true })
  const layout = await inferLayout(directory.volume, foldCase)
  if (typeof layout === 'string') return layout
  const { features, ...rules } = layout
  return features.length > 0 ? { ...rules, features } : rules
}

const pathsBy = (rules: LayoutRules): string[] =>
  PROMPTS.map((promptId) => new StoreLayout(rules).versionPath(promptId, '1.0.0'))

describe('the layout of a tree whose mark is lost', () => {
  it.each([
    { foldCase: false, shardDepth: 0 },
    { foldCase: true, shardDepth: 0 },
    { foldCase: false, shardDepth: 1 },
    { foldCase: true, shardDepth: 1 },
  ])('is told by its names: %j', async (rules) => {
    expect(await inferred(pathsBy(rules), rules.foldCase)).toEqual(rules)
    // Upper case shows whether names are folded, whatever this disk would do.
    expect(await inferred(pathsBy(rules), !rules.foldCase)).toEqual(rules)
  })

  it('says which features the files require', async () => {
    const rules = { foldCase: false, shardDepth: 0 }
    const prerelease = ['Upper/1.0.0.json', 'Upper/1.1.0-rc.1.json']
    expect(await inferred(prerelease)).toEqual({ ...rules, features: ['prerelease'] })
    const head = ['Upper/1.0.0.json', 'Upper/.labels.json']
    expect(await inferred(head)).toEqual({ ...rules, features: ['heads'] })
    const both = ['prerelease', 'heads']
    expect(await inferred([...prerelease, ...head])).toEqual({ ...rules, features: both })
  })

  it('is that of heads, too, whose prompts have no version', async () => {
    const rules = { foldCase: false, shardDepth: 0 }
    const features = ['heads']
    const alone = ['Upper/1.0.0.json', 'Other/.labels.json']
    expect(await inferred(alone)).toEqual({ ...rules, features })
    const sharded = new StoreLayout({ foldCase: false, shardDepth: 2 })
    const head = sharded.headPaths('Upper')[0] ?? ''
    expect(await inferred([head])).toEqual({ foldCase: false, shardDepth: 2, features })
  })

  it('is that of this disk where the names are the same either way', async () => {
    expect(await inferred(['greeting/1.0.0.json'], true)).toEqual({ foldCase: true, shardDepth: 0 })
    expect(await inferred(['greeting/1.0.0.json'])).toEqual({ foldCase: false, shardDepth: 0 })
  })

  it('is nothing where no directory holds a version', async () => {
    expect(await inferred([])).toBe('empty')
    expect(await inferred(['greeting/readme.txt', '1.0.0.json'])).toBe('empty')
  })

  it('is unclear where two layouts are mixed', async () => {
    const mixed = [false, true].flatMap((foldCase) => pathsBy({ foldCase, shardDepth: 0 }))
    expect(await inferred(mixed)).toBe('unclear')
  })

  it('is that of a store which was being resharded where two depths account for all, and no version is in both', async () => {
    const flat = pathsBy({ foldCase: false, shardDepth: 0 })
    const sharded = pathsBy({ foldCase: false, shardDepth: 2 })
    const features = ['resharding']
    const between = [...flat.slice(0, 1), ...sharded.slice(1)]
    const [first = ''] = sharded
    const other = first.replace('1.0.0', '2.0.0')
    const ids = new Map(
      PROMPTS.flatMap((id, at) => [
        [flat[at] ?? '', id],
        [sharded[at] ?? '', id],
      ]),
    )
    ids.set(other, PROMPTS[0] ?? '')
    expect(await inferred(between, false, ids)).toEqual({
      foldCase: false,
      shardDepth: 2,
      otherDepth: 0,
      features,
    })
    const both = { shardDepth: 0, otherDepth: 2 }
    expect(await inferred([...flat, other], false, ids)).toMatchObject(both)
    expect(await inferred([...flat, first], false, ids)).toBe('unclear')
    // A foreign directory, whose files name no prompt.
    ids.delete(other)
    expect(await inferred([...flat, other], false, ids)).toBe('unclear')
    expect(await inferred([...flat, `${first}.gz`])).toBe('unclear')
  })

  it('says which forms its files have', async () => {
    const forms = ['p/1.0.0.json', 'p/1.0.1.json.gz', 'p/1.0.2.json.zst']
    expect(await inferred(forms)).toMatchObject({ features: ['gzip', 'zstd'] })
    expect(await inferred(['p/1.0.0-rc.1.json.gz'])).toMatchObject({
      features: ['prerelease', 'gzip'],
    })
  })
})
