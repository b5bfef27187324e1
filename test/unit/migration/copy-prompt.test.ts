import { describe, expect, it } from 'vitest'
import { conflictError, copyPrompt, type CopyWork } from '../../../src/migration/copy-prompt.js'
import { Pace, Progress } from '../../../src/migration/pace.js'
import { NO_STATE, type MigrationState } from '../../../src/migration/state-file.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { contentOf, filled, moveTo, replacing } from './support.js'

function workOf(from: MemoryStorage, to: MemoryStorage, dryRun = false): CopyWork {
  const pace = new Pace(undefined, undefined)
  const progress = new Progress(0, () => undefined)
  return { from: from.copies, to: to.copies, dryRun, state: NO_STATE, pace, progress }
}

describe('the copy of a prompt', () => {
  it('is what the source has, and is not made twice', async () => {
    const [from, to] = [await filled(1, 150), new MemoryStorage()]
    expect(await copyPrompt(workOf(from, to), 'p0')).toEqual({
      versions: 149,
      copied: 149,
      isRecordCopied: true,
      conflicts: [],
    })
    expect(await contentOf(to)).toEqual(await contentOf(from))
    expect(await copyPrompt(workOf(from, to), 'p0')).toMatchObject({
      copied: 0,
      isRecordCopied: false,
    })
  })

  it('follows a source that has gone on', async () => {
    const [from, to] = [await filled(1), new MemoryStorage()]
    await copyPrompt(workOf(from, to), 'p0')
    await from.saveVersion(sampleVersion('p0', '2.0.0'))
    await moveTo(from, 'p0', '2.0.0')
    expect(await copyPrompt(workOf(from, to), 'p0')).toMatchObject({
      copied: 1,
      isRecordCopied: true,
    })
    expect(await contentOf(to)).toEqual(await contentOf(from))
  })

  it('is planned again when a version is deleted while it is read', async () => {
    const [from, to] = [await filled(1), new MemoryStorage()]
    let reads = 0
    const reading = replacing(from, {
      documents: async (promptId, versions) => {
        if (reads++ === 0) await from.deleteVersion('p0', '1.0.4')
        return await from.copies.documents(promptId, versions)
      },
      change: async () => await Promise.reject(new Error('The source is not changed')),
    })
    await copyPrompt({ ...workOf(from, to), from: reading }, 'p0')
    expect(await contentOf(to)).toEqual(await contentOf(from))
  })

  it('announces each transaction before it, and writes labels with the last versions', async () => {
    const [from, to] = [await filled(1, 150), new MemoryStorage()]
    const order: unknown[] = []
    const state: MigrationState = {
      recorded: NO_STATE.recorded,
      append: async (line) => {
        const versions = 'versions' in line ? Object.keys(line.versions).length : 0
        order.push([line.kind, line.kind === 'change' ? versions : 0, 'record' in line])
        await Promise.resolve()
      },
    }
    const target = replacing(to, {
      change: async (promptId, decide) => {
        await to.copies.change(promptId, (view) => {
          const change = decide(view)
          order.push(['commit', change.save.length, change.record !== undefined])
          return change
        })
      },
    })
    await copyPrompt({ ...workOf(from, to), to: target, state }, 'p0')
    expect(order).toEqual([
      ['prompt', 0, false],
      ['change', 64, false],
      ['commit', 64, false],
      ['change', 64, false],
      ['commit', 64, false],
      ['change', 21, true],
      ['commit', 21, true],
    ])
  })

  it('never overwrites labels that are moved while it is made', async () => {
    const [from, to] = [await filled(1), new MemoryStorage()]
    let isMoved = false
    const target = replacing(to, {
      change: async (promptId, decide) => {
        if (!isMoved) {
          isMoved = true
          await to.saveVersion(sampleVersion('p0', '9.0.0'))
          await moveTo(to, 'p0', '9.0.0')
        }
        await to.copies.change(promptId, decide)
      },
    })
    const { conflicts } = await copyPrompt({ ...workOf(from, to), to: target }, 'p0')
    expect(conflicts.map(({ kind }) => kind)).toEqual(['extra', 'history'])
    expect((await to.readHead('p0'))?.labels['production']?.version).toBe('9.0.0')
  })

  it('is planned again when the target is written at the same time', async () => {
    const [from, to] = [await filled(1, 200), new MemoryStorage()]
    const both = [workOf(from, to), workOf(from, to)]
    await Promise.all(both.map(async (work) => await copyPrompt(work, 'p0')))
    expect(await contentOf(to)).toEqual(await contentOf(from))
  })

  it('is refused where the target has another content, further versions or other labels', async () => {
    const [from, to] = [await filled(1), new MemoryStorage()]
    await to.saveVersion(sampleVersion('p0', '1.0.1', { parent_version: '1.0.0' }))
    await to.saveVersion(sampleVersion('p0', '3.0.0'))
    await moveTo(to, 'p0', '3.0.0')
    const { conflicts, copied } = await copyPrompt(workOf(from, to), 'p0')
    expect(copied).toBe(0)
    const kinds = conflicts.map(({ kind, version }) => [kind, version])
    expect(kinds).toContainEqual(['extra', '3.0.0'])
    expect(kinds).toContainEqual(['content', '1.0.1'])
    expect(kinds.at(-1)).toEqual(['history', undefined])
  })

  it('of a dry run only counts', async () => {
    const [from, to] = [await filled(1), new MemoryStorage()]
    expect(await copyPrompt(workOf(from, to, true), 'p0')).toMatchObject({
      copied: 4,
      isRecordCopied: true,
    })
    expect(await to.listPromptIds()).toEqual([])
  })
})

describe('a conflict', () => {
  it('names the prompt and what differs', () => {
    const errors = (['content', 'extra', 'labels', 'history'] as const).map((kind) =>
      conflictError({
        prompt_id: 'p',
        ...(kind.endsWith('t') || kind === 'extra' ? { version: '1.0.0' } : {}),
        kind,
      }),
    )
    expect(errors.map(({ code }) => code)).toEqual([
      'OPT-VER-001',
      'OPT-LABEL-001',
      'OPT-LABEL-001',
      'OPT-LABEL-001',
    ])
    expect(errors.map(({ message }) => message).join()).toMatch(
      /1\.0\.0.*does not have.*other labels.*in its history/s,
    )
    expect(errors[1]?.context).toMatchObject({
      prompt_id: 'p',
      version: '1.0.0',
      reason: 'migration',
    })
  })
})
