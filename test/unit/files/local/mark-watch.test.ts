import { expect, it, onTestFinished } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { MarkWatch } from '../../../../src/files/local/mark-watch.js'
import { tempDirectory } from '../../../support/temp.js'

async function opened(path: string): Promise<Store> {
  const directory = await Store.open(path)
  onTestFinished(async () => await directory.close())
  return directory
}

it('reads the mark once, and again when this or another store has changed it', async () => {
  const path = await tempDirectory()
  const [directory, other] = [await opened(path), await opened(path)]
  let reads = 0
  const watch = new MarkWatch(directory, async (from) => {
    reads++
    return Buffer.from((await from.read('.files.json')) ?? []).toString()
  })
  const write = async (by: Store, name: string, text: string): Promise<void> => {
    await by.commit([{ kind: 'replace', path: name, bytes: Buffer.from(text) }])
  }
  expect([await watch.current(), await watch.current(), reads]).toEqual(['', '', 1])
  await write(other, 'unrelated', 'x')
  expect([await watch.current(), reads]).toEqual(['', 1])
  await write(other, '.files.json', 'two')
  expect([await watch.current(), await watch.current(), reads]).toEqual(['two', 'two', 2])
  await write(directory, '.files.json', 'three')
  expect([await watch.current(), reads]).toEqual(['three', 3])
  watch.forget()
  expect([await watch.current(), reads]).toEqual(['three', 4])
})

it('does not keep what was read while the mark was changed', async () => {
  const directory = await opened(await tempDirectory())
  let reads = 0
  const watch: MarkWatch<number> = new MarkWatch(directory, async () => {
    reads++
    if (reads === 1) watch.forget()
    return await Promise.resolve(reads)
  })
  expect([await watch.current(), await watch.current(), await watch.current()]).toEqual([1, 2, 2])
})
