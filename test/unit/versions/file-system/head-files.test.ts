import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NO_HEAD } from '../../../../src/versions/prompt-heads.js'
import { movesIn } from '../../../../src/versions/prompt-history.js'
import { HISTORY_BYTES_FULL } from '../../../../src/versions/file-system/head-file.js'
import { StoreTransactions } from '../../../../src/versions/file-system/store-transactions.js'
import { tempDirectory } from '../../../support/temp.js'
import { headAt, label, moveTo } from './head-fixtures.js'
import { openParts, save } from './open-parts.js'

async function opened(): Promise<{
  readonly store: Awaited<ReturnType<typeof openParts>>
  readonly transactions: { transact: StoreTransactions<never>['run'] }
  readonly within: string
}> {
  const path = await tempDirectory()
  const store = await openParts(path)
  await save(store, 'p', '1.0.0', '1.0.1')
  const runner = new StoreTransactions(store)
  const transact: typeof runner.run = async (ids, decide) => await runner.run(ids, decide)
  return { store, transactions: { transact }, within: join(path, 'p') }
}

describe('HeadFiles', () => {
  it('condition a change on the head that was read', async () => {
    const { store } = await opened()
    const { heads, directory } = store
    const none = await heads.read('p')
    expect(none).toEqual({ directory: 'p' })
    const head = headAt('1.0.0')
    const first = await heads.operations('p', none, { head, entries: [moveTo('1.0.0')] })
    expect(first.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'create p/.labels.json',
      'replace p/.labels.jsonl',
    ])
    await directory.commit(first)
    const unchanged = { head: undefined, entries: [] }
    const [absent] = await heads.operations('p', none, unchanged)
    expect(absent).toEqual({ kind: 'check', path: 'p/.labels.json', absent: true })
    const now = await heads.read('p')
    expect(now).toMatchObject({ head, history: 1, moves: 1 })
    const [check] = await heads.operations('p', now, unchanged)
    expect(check).toEqual({ kind: 'check', path: 'p/.labels.json', ifBytes: now.bytes })
    const [replace, ...others] = await heads.operations('p', now, { head: NO_HEAD, entries: [] })
    expect(replace).toMatchObject({ kind: 'replace', ifBytes: now.bytes })
    expect(others).toEqual([])
  })

  it('begin a new file of moves when one is full, and show all moves in order', async () => {
    const { store, transactions, within } = await opened()
    const reason = 'x'.repeat(HISTORY_BYTES_FULL / 3)
    const versions = Array.from({ length: 8 }, (_, at) => `1.0.${at % 2}`)
    for (const version of versions) await label(transactions, 'p', version, reason)
    const files = (await readdir(within)).filter((name) => name.endsWith('.jsonl'))
    expect(files.toSorted()).toEqual(['.labels.2.jsonl', '.labels.3.jsonl', '.labels.jsonl'])
    const sizes = await Promise.all(
      files.map(async (name) => (await readFile(join(within, name))).length),
    )
    expect(Math.max(...sizes)).toBeLessThan(2 * HISTORY_BYTES_FULL)
    expect(movesIn(await store.heads.history('p')).map(({ to }) => to)).toEqual(versions)
    expect(await store.heads.read('p')).toMatchObject({ history: 3, moves: 8 })
  })

  it('keep the moves of a history whose head another program has removed', async () => {
    const { store, transactions, within } = await opened()
    await label(transactions, 'p', '1.0.0')
    await rm(join(within, '.labels.json'))
    expect(await store.heads.history('p')).toEqual([])
    await label(transactions, 'p', '1.0.1')
    expect(movesIn(await store.heads.history('p')).map(({ to }) => to)).toEqual(['1.0.0', '1.0.1'])
  })

  it('refuse a damaged head, and change nothing', async () => {
    const { store, transactions, within } = await opened()
    await label(transactions, 'p', '1.0.0')
    await writeFile(join(within, '.labels.json'), '{}')
    await expect(store.heads.read('p')).rejects.toMatchObject({ code: 'FS-LOAD-002' })
    await expect(label(transactions, 'p', '1.0.1')).rejects.toMatchObject({ code: 'FS-LOAD-002' })
    expect(await readFile(join(within, '.labels.json'), 'utf8')).toBe('{}')
  })
})
