import { readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { platform } from 'node:process'
import { expect, it } from 'vitest'
import { SharedPage } from '../../../src/format/page.js'
import { DurableDirectory } from '../../../src/index.js'
import { tempDirectory } from '../../support/temp.js'

it.skipIf(platform === 'win32')(
  'ends a commit whose page goes back before its reply is taken',
  async () => {
    const directory = await tempDirectory()
    const page = join(directory, '.shared')
    const store = await DurableDirectory.open(directory, { disk: 'native' })
    const other = await DurableDirectory.open(directory, { disk: 'native' })
    const create = async (to: DurableDirectory, path: string): Promise<void> =>
      await to.commit([{ kind: 'create', path, bytes: Buffer.from(path) }])
    const published = (): number =>
      new SharedPage(new Uint8Array(readFileSync(page)).buffer).getU64('published')
    await create(store, 'a')
    const before = await readFile(page)
    await create(other, 'b')
    const last = published()
    const commit = create(store, 'c')
    for (let step = 0; step < 100; step++) await Promise.resolve()
    // No turn from here on: the reply waits for its turn while the page goes back to what the store has seen.
    while (published() === last);
    writeFileSync(page, before, { flag: 'r+' })
    // It is in the journal; what comes after it is refused.
    await commit
    const lost = { context: { reason: 'page_lost' } }
    for (const each of [store, other]) await expect(create(each, 'd')).rejects.toMatchObject(lost)
    for (const each of [store, other]) await each.close().catch(() => undefined)
  },
)
