import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { migrate, rollBack, type MigrationProgress } from '../../../src/migration/index.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { CopiedVersion } from '../../../src/versions/version-copies.js'
import { tempDirectory } from '../../support/temp.js'
import { contentOf, filled, moveTo } from './support.js'

async function statePath(): Promise<string> {
  return join(await tempDirectory(), 'state.jsonl')
}

describe('a rollback', () => {
  it('removes what the migration has added, and nothing else', async () => {
    const from = await filled(3, 700)
    await using to = await FileSystemStorage.open({ storageDir: await tempDirectory() })
    await to.saveVersion(sampleVersion('other', '1.0.0'))
    const [own] = await from.copies.documents('p1', ['1.0.5'])
    await to.copies.change('p1', () => ({ save: own === undefined ? [] : [own] }))
    const before = await contentOf(to)
    const stateFile = await statePath()
    await migrate({ from, to, stateFile })
    expect(await rollBack({ to, stateFile })).toEqual({
      prompts: 3,
      removed: 3 * 699 - 1,
      kept: [],
    })
    expect(await contentOf(to)).toEqual(before)
    expect((await to.verify()).findings).toEqual([])
    expect(await rollBack({ to, stateFile })).toEqual({ prompts: 0, removed: 0, kept: [] })
    await migrate({ from, to, stateFile, validate: true })
    await rollBack({ to, stateFile })
    expect(await contentOf(to)).toEqual(before)
  })

  it('of a migration that ended early takes the mark of it away, too', async () => {
    const [from, to] = [await filled(4, 80), new MemoryStorage()]
    const known = { since: '2020-01-01T00:00:00.000Z', reason: 'cleared' }
    await to.copies.setKnownSince(known)
    const stateFile = await statePath()
    const controller = new AbortController()
    const { signal } = controller
    const onProgress = ({ versions }: MigrationProgress): void => {
      if (versions > 0) controller.abort(new Error('enough'))
    }
    await expect(migrate({ from, to, stateFile, signal, onProgress })).rejects.toThrow('enough')
    expect((await rollBack({ to, stateFile })).removed).toBeGreaterThan(0)
    expect(await to.listPromptIds()).toEqual([])
    expect(await to.copies.knownSince()).toEqual(known)
  })

  it('restores what the target knew of its past before', async () => {
    const [from, to] = [await filled(1), new MemoryStorage()]
    await from.clearAll()
    await from.saveVersion(sampleVersion('p', '1.0.0'))
    const stateFile = await statePath()
    await migrate({ from, to, stateFile })
    expect(await to.copies.knownSince()).toMatchObject({ reason: 'cleared' })
    await rollBack({ to, stateFile })
    expect(await to.copies.knownSince()).toBeUndefined()
  })

  it('leaves a prompt as it is that was changed since, and says which', async () => {
    const [from, to] = [await filled(4), new MemoryStorage()]
    const stateFile = await statePath()
    await migrate({ from, to, stateFile })
    await moveTo(to, 'p1', '1.0.3')
    await to.saveVersion(sampleVersion('p2', '7.0.0'))
    await to.copies.change('p3', ({ head }) => ({
      save: [],
      remove: ['1.0.4'],
      record: { head, history: [] },
    }))
    await to.copies.change('p3', () => ({
      save: [new CopiedVersion(sampleVersion('p3', '1.0.4', { analysis: null }), null, 1)],
    }))
    const report = await rollBack({ to, stateFile })
    expect(report).toEqual({
      prompts: 1,
      removed: 4,
      kept: [
        { prompt_id: 'p1', kind: 'labels' },
        { prompt_id: 'p2', version: '7.0.0', kind: 'extra' },
        { prompt_id: 'p3', version: '1.0.4', kind: 'content' },
        { prompt_id: 'p3', kind: 'labels' },
      ],
    })
    expect(await to.listPromptIds()).toEqual(['p1', 'p2', 'p3'])
  })

  it('needs the state file of a migration', async () => {
    const to = new MemoryStorage()
    const stateFile = await statePath()
    await expect(rollBack({ to, stateFile })).rejects.toThrow(/does not exist, or is empty/)
    await expect(rollBack({ to } as never)).rejects.toThrow(/"stateFile"/)
  })

  it('keeps a version that was there before, also if the migration had to bring it again', async () => {
    const [from, to] = [await filled(1), new MemoryStorage()]
    await migrate({ from, to })
    const before = await contentOf(to)
    const stateFile = join(await tempDirectory(), 'state.jsonl')
    await from.saveVersion(sampleVersion('p0', '9.0.0'))
    await migrate({ from, to, stateFile })
    const { head, history } = await to.copies.state('p0')
    const record = { head, history }
    await to.copies.change('p0', () => ({ save: [], record, remove: ['1.0.3'] }))
    expect(await migrate({ from, to, stateFile })).toMatchObject({ copied: 1 })
    expect(await rollBack({ to, stateFile })).toEqual({ prompts: 1, removed: 1, kept: [] })
    expect(await contentOf(to)).toEqual(before)
  })
})
