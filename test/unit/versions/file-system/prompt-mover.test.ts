import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PromptMover } from '../../../../src/versions/file-system/prompt-mover.js'
import { FileSystemStorage, PromptRegistry } from '../../../../src/index.js'
import { tempDirectory } from '../../../support/temp.js'
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
