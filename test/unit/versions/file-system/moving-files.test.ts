import { describe, expect, it } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { MovingFiles } from '../../../../src/versions/file-system/moving-files.js'
import { StoreLayout } from '../../../../src/versions/file-system/store-layout.js'
import { tempDirectory } from '../../../support/temp.js'

const PLACES = [{ path: 'p/1.0.0.json' }, { path: 'p/1.0.0.json.gz' }]
const BYTES = Buffer.from('text')

interface Parts extends AsyncDisposable {
  readonly directory: Store
  readonly layout: StoreLayout
  readonly moving: MovingFiles
}

async function opened(followMark: (layout: StoreLayout) => void = () => undefined): Promise<Parts> {
  const directory = await Store.open(await tempDirectory())
  const layout = new StoreLayout({ foldCase: false, shardDepth: 0, forms: ['plain', 'gzip'] })
  const follow = async (): Promise<void> => await Promise.resolve(followMark(layout))
  const moving = new MovingFiles(directory, layout, follow)
  return { directory, layout, moving, [Symbol.asyncDispose]: async () => await directory.close() }
}

describe('a file that may be moved', () => {
  it('is found at the first of its places that has it, or not at all', async () => {
    await using parts = await opened()
    const { directory, moving } = parts
    const look = async (path: string): Promise<Uint8Array | undefined> => await directory.read(path)
    expect(await moving.find(() => PLACES, look)).toBeUndefined()
    await directory.commit([{ kind: 'create', path: 'p/1.0.0.json.gz', bytes: BYTES }])
    expect(await moving.find(() => PLACES, look)).toMatchObject({ path: 'p/1.0.0.json.gz' })
    await directory.commit([{ kind: 'create', path: 'p/1.0.0.json', bytes: BYTES }])
    expect(await moving.find(() => PLACES, look)).toMatchObject({ path: 'p/1.0.0.json' })
  })

  it('is found if it moves between two looks, from either place to the other', async () => {
    for (const [from, to] of [PLACES, PLACES.toReversed()]) {
      await using parts = await opened()
      const { directory, moving } = parts
      await directory.commit([{ kind: 'create', path: from?.path ?? '', bytes: BYTES }])
      let looks = 0
      const found = await moving.find(
        () => [to, from].map((place) => ({ path: place?.path ?? '' })),
        async (path) => {
          if (looks++ === 1)
            await directory.commit([
              { kind: 'create', path: to?.path ?? '', bytes: BYTES },
              { kind: 'remove', path: from?.path ?? '' },
            ])
          return await directory.read(path)
        },
      )
      expect(found?.path).toBe(to?.path)
      expect(Buffer.from(found?.found ?? []).equals(BYTES)).toBe(true)
    }
  })

  it('is looked for where the mark says, if that changes meanwhile', async () => {
    await using parts = await opened((layout) => layout.update({ shardDepth: 2 }))
    const { directory, layout, moving } = parts
    const bytes = BYTES
    const path = new StoreLayout({ foldCase: false, shardDepth: 2 }).versionPath('p', '1.0.0')
    await directory.commit([{ kind: 'create', path, bytes }])
    const candidates = (): readonly { readonly path: string }[] =>
      layout.placesOf('p', '1.0.0').map((place) => ({ path: layout.pathOf(place) }))
    const found = await moving.find(candidates, async (one) => await directory.read(one))
    expect(found).toMatchObject({ path })
  })
})
