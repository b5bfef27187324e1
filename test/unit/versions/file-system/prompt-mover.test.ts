import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { HISTORY_BYTES_FULL } from '../../../../src/versions/file-system/head-file.js'
import { PromptMover } from '../../../../src/versions/file-system/prompt-mover.js'
import type { PlannedMark } from '../../../../src/versions/file-system/store-features.js'
import { FileSystemStorage, PromptRegistry } from '../../../../src/index.js'
import { tempDirectory } from '../../../support/temp.js'
import { label } from './head-fixtures.js'
import { turnAroundAt } from './moved-subjects.js'
import { openParts, save } from './open-parts.js'

const LONG = 'x'.repeat(300)

describe('a prompt that is moved', () => {
  it('has its versions, its id and its labels at the new place, and none at the former one', async () => {
    const dir = await tempDirectory()
    const store = await openParts(dir)
    const many = Array.from({ length: 230 }, (_, patch) => `1.0.${patch}`)
    await save(store, LONG, ...many)
    const former = store.layout.promptDirectory(LONG)
    await turnAroundAt(dir)
    const mover = new PromptMover(store)
    const moved = await store.features.plan(async (mark) => await mover.move(mark, former))
    expect(moved).toBe('moved')
    const mark = await store.features.current()
    expect(await mover.move(mark, former)).toBe('empty')
    expect([mover.prompts, mover.versions]).toEqual([1, 230])
    await expect(readdir(join(dir, former))).rejects.toMatchObject({ code: 'ENOENT' })
    const now = await readdir(join(dir, store.layout.promptDirectory(LONG)))
    expect(now).toHaveLength(231)
    expect(now).toContain('.prompt.json')
    expect(await mover.removeDirectory(former)).toBe(true)
    expect(await mover.removeDirectory(former)).toBe(true)
    expect(await mover.removeDirectory(store.layout.promptDirectory(LONG))).toBe(false)
  })

  it('leaves what was deleted meanwhile', async () => {
    const dir = await tempDirectory()
    const store = await openParts(dir)
    await save(store, 'p', '1.0.0', '1.0.1')
    await turnAroundAt(dir)
    const mover = new PromptMover(store)
    const mark = await store.features.current()
    const racing = {
      ...mark,
      commit: async (...given: Parameters<typeof mark.commit>): Promise<void> => {
        await store.directory
          .commit([{ kind: 'remove', path: 'p/1.0.0.json' }])
          .catch(() => undefined)
        await mark.commit(...given)
      },
    }
    expect(await mover.move(racing, 'p')).toBe('moved')
    expect(mover.versions).toBe(1)
    await store.names.current()
    expect(await store.names.versions('p')).toEqual(['1.0.1'])
  })

  it('takes along the history of its labels, if the first move is made while versions are moved', async () => {
    const dir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir: dir, minFreeMb: 0 })
    const registry = new PromptRegistry({ storage })
    await registry.publish('p', { text: 'Hello' }, { tags: ['greeting'] })
    const store = await openParts(dir)
    await turnAroundAt(dir)
    const mover = new PromptMover(store)
    const mark = await store.features.current()
    let isLabelled = false
    const racing = {
      ...mark,
      commit: async (...given: Parameters<typeof mark.commit>): Promise<void> => {
        await mark.commit(...given)
        if (!isLabelled) await registry.label('p', 'production', '1.0.0')
        isLabelled = true
      },
    }
    await mover.move(racing, 'p')
    expect(await registry.labelHistory('p', 'production')).toHaveLength(1)
    const { findings } = await storage.verify()
    expect(findings).toEqual([])
  })
})

/** More than one transaction takes, whatever its segments are. */
const FULL_FILES = 34

/** A prompt whose history has many full files, and one that is not full, in a store that is being resharded. */
async function longHistory(): Promise<{
  readonly dir: string
  readonly storage: FileSystemStorage
  readonly store: Awaited<ReturnType<typeof openParts>>
}> {
  const dir = await tempDirectory()
  const storage = await FileSystemStorage.open({ storageDir: dir, minFreeMb: 0 })
  onTestFinished(async () => await storage.close())
  await storage.saveVersions([sampleVersion('p', '1.0.0'), sampleVersion('p', '1.0.1')])
  const reason = 'x'.repeat(HISTORY_BYTES_FULL)
  for (let at = 0; at < FULL_FILES; at++) await label(storage, 'p', `1.0.${at % 2}`, reason)
  await label(storage, 'p', '1.0.0')
  const store = await openParts(dir)
  await turnAroundAt(dir)
  return { dir, storage, store }
}

/** A mark under which `between` is called after each commit. */
function betweenCommits(mark: PlannedMark, between: () => Promise<void>): PlannedMark {
  const commit: PlannedMark['commit'] = async (...given) => {
    await mark.commit(...given)
    await between()
  }
  return { ...mark, commit, isCurrent: () => mark.isCurrent() }
}

describe('a history of more files than a transaction takes', () => {
  it('is moved in parts, and is whole at each moment', async () => {
    const { dir, storage, store } = await longHistory()
    const mover = new PromptMover(store)
    let parts = 0
    const mark = betweenCommits(await store.features.current(), async () => {
      parts++
      await label(storage, 'p', `1.0.${parts % 2}`)
      const moves = await storage.listLabelMoves('p')
      expect(moves).toHaveLength(FULL_FILES + 1 + parts)
      expect(moves.map(({ from }) => from)).toEqual([
        null,
        ...moves.slice(0, -1).map(({ to }) => to),
      ])
      expect((await storage.verify()).findings).toEqual([])
    })
    expect(await mover.move(mark, 'p')).toBe('moved')
    while ((await mover.move(await store.features.current(), 'p')) === 'moved');
    expect(parts).toBeGreaterThan(2)
    expect(mover.versions).toBe(2)
    const [to = ''] = store.layout.promptDirectories('p')
    const histories = (await readdir(join(dir, to))).filter((name) => name.endsWith('.jsonl'))
    expect(histories).toHaveLength(FULL_FILES + 1)
  })

  it('is whole where a move ended after any part, and is moved on or back from there', async () => {
    for (let last = 1; ; last++) {
      const { dir, storage, store } = await longHistory()
      let parts = 0
      const mark = betweenCommits(await store.features.current(), async () => {
        if (++parts === last) throw new Error('ended')
        await Promise.resolve()
      })
      const outcome = await new PromptMover(store).move(mark, 'p').catch(() => 'ended')
      expect(await storage.listLabelMoves('p')).toHaveLength(FULL_FILES + 1)
      expect((await storage.verify()).findings).toEqual([])
      await storage.reshard(last % 2 === 0 ? { depth: 2 } : { enabled: false })
      expect(await storage.listLabelMoves('p')).toHaveLength(FULL_FILES + 1)
      expect((await storage.verify()).findings).toEqual([])
      const found = (await readdir(dir, { recursive: true })).filter((name) => /labels/.test(name))
      expect(new Set(found.map((path) => dirname(path))).size).toBe(1)
      if (outcome !== 'ended') return
    }
  })

  it('is gone when the store is cleared after any part of the move', async () => {
    const { dir, storage, store } = await longHistory()
    let isCleared = false
    const mark = betweenCommits(await store.features.current(), async () => {
      if (!isCleared) await storage.clearAll()
      isCleared = true
    })
    await new PromptMover(store).move(mark, 'p').catch(() => undefined)
    const found = await readdir(dir, { recursive: true })
    expect(found.filter((name) => /labels/.test(name))).toEqual([])
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await label(storage, 'p', '1.0.0')
    expect(await storage.listLabelMoves('p')).toHaveLength(1)
    expect((await storage.verify()).findings).toEqual([])
  })
})
