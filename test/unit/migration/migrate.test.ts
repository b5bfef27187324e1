import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  exportVersions,
  importVersions,
  migrate,
  type MigrationProgress,
} from '../../../src/migration/index.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { SEED, seeded } from '../../support/random.js'
import { contentOf, fill, filled, moveTo } from './support.js'

describe('a migration', () => {
  it('makes the target equal to the source, and says what it did', async () => {
    const from = await filled()
    await using to = await FileSystemStorage.open({ storageDir: await tempDirectory() })
    const seen: number[] = []
    const report = await migrate({
      from,
      to,
      validate: true,
      onProgress: ({ versions }) => seen.push(versions),
    })
    expect(report).toMatchObject({
      prompts: 3,
      versions: 12,
      copied: 12,
      already_there: 0,
      records_copied: 3,
      resumed: false,
      dry_run: false,
      conflicts: [],
      validation: { prompts: 3, versions: 12, differences: [] },
    })
    expect(await contentOf(to)).toEqual(await contentOf(from))
    expect(seen.at(-1)).toBe(12)
  })

  it('changes nothing when it is complete', async () => {
    const [from, to] = [await filled(), new MemoryStorage()]
    await migrate({ from, to })
    const before = await contentOf(to)
    expect(await migrate({ from, to })).toMatchObject({
      copied: 0,
      already_there: 12,
      resumed: false,
    })
    expect(await contentOf(to)).toEqual(before)
  })

  it('can be read as of a time before it, as its source can', async () => {
    const [from, to] = [new MemoryStorage(), new MemoryStorage()]
    await from.saveVersion(sampleVersion('p', '1.0.0'))
    await new Promise((resolve) => setTimeout(resolve, 5))
    const between = new Date()
    await new Promise((resolve) => setTimeout(resolve, 5))
    await from.deleteVersion('p', '1.0.0')
    await from.saveVersion(sampleVersion('p', '1.1.0'))
    await migrate({ from, to })
    expect(await to.asOf(between).listVersionNames('p')).toEqual(['1.0.0'])
    expect(await to.copies.knownSince()).toBeUndefined()
  })

  it('knows no more of the past than its source and its target do', async () => {
    const [from, to] = [await filled(), new MemoryStorage()]
    const known = { since: '2020-01-01T00:00:00.000Z', reason: 'older_program' }
    await from.copies.setKnownSince(known)
    await migrate({ from, to })
    expect(await to.copies.knownSince()).toEqual(known)
  })

  it('that was aborted leaves a target that says so, and is continued', async () => {
    const [from, to] = [await filled(6, 80), new MemoryStorage()]
    const controller = new AbortController()
    const { signal } = controller
    const onProgress = ({ versions }: MigrationProgress): void => {
      if (versions > 0) controller.abort(new Error('enough'))
    }
    await expect(migrate({ from, to, signal, onProgress })).rejects.toThrow('enough')
    const moment = new Date()
    expect(await to.copies.knownSince()).toMatchObject({ reason: 'migrating' })
    const past = to.asOf(new Date(moment.getTime() - 60_000))
    await expect(past.listPromptIds()).rejects.toMatchObject({
      code: 'OPT-PAST-001',
      message: /migration into it began, which has not ended/,
    })
    const report = await migrate({ from, to, validate: true })
    expect(report).toMatchObject({ resumed: true, validation: { differences: [] } })
    expect(report.already_there).toBeGreaterThan(0)
    expect(await to.copies.knownSince()).toBeUndefined()
  })

  it('stops at a version that the target has with another content, and overwrites nothing', async () => {
    const [from, to] = [await filled(1), new MemoryStorage()]
    await to.saveVersion(sampleVersion('p0', '1.0.1', { parent_version: '1.0.0' }))
    const before = await contentOf(to)
    await expect(migrate({ from, to })).rejects.toMatchObject({
      code: 'OPT-VER-001',
      context: { prompt_id: 'p0', version: '1.0.1', same_content: false },
    })
    expect(await contentOf(to)).toEqual(before)
    const dry = await migrate({ from, to, dryRun: true })
    expect(dry.conflicts).toEqual([{ prompt_id: 'p0', version: '1.0.1', kind: 'content' }])
  })

  it('leaves no trace of a dry run', async () => {
    const [from, to] = [await filled(), new MemoryStorage()]
    const stateFile = join(await tempDirectory(), 'state.jsonl')
    const report = await migrate({ from, to, dryRun: true, stateFile })
    expect(report).toMatchObject({ dry_run: true, copied: 12, records_copied: 3 })
    expect(await contentOf(to)).toEqual({})
    expect(await to.copies.knownSince()).toBeUndefined()
    expect(existsSync(stateFile)).toBe(false)
  })

  it('leaves prompts alone that only the target has', async () => {
    const [from, to] = [await filled(1), new MemoryStorage()]
    await fill(to, 2, 3)
    await to.clearAll()
    await to.saveVersion(sampleVersion('other', '1.0.0'))
    await migrate({ from, to })
    expect(await to.listPromptIds()).toEqual(['other', 'p0'])
    expect(await to.copies.knownSince()).toMatchObject({ reason: 'cleared' })
  })

  it('fails for a damaged version of the source', async () => {
    const storageDir = await tempDirectory()
    await using from = await FileSystemStorage.open({ storageDir })
    await from.saveVersion(sampleVersion('p', '1.0.0'))
    const { writeFile } = await import('node:fs/promises')
    await writeFile(join(storageDir, 'p', '1.0.0.json'), '{"half":')
    await expect(migrate({ from, to: new MemoryStorage() })).rejects.toMatchObject({
      code: 'FS-LOAD-001',
    })
  })

  it('takes documents that are together more than one transaction of a store of files', async () => {
    const [from, back] = [new MemoryStorage(), new MemoryStorage()]
    await using to = await FileSystemStorage.open({ storageDir: await tempDirectory() })
    for (let patch = 0; patch < 40; patch++) {
      const { prompt, ...sample } = sampleVersion('p', `1.0.${patch}`)
      // As many characters as a prompt may have, and more bytes.
      const text = '原'.repeat(patch % 2 === 0 ? 80_000 : 90_000)
      await from.saveVersion({ ...sample, prompt: { ...prompt, text } })
    }
    await moveTo(from, 'p', '1.0.1')
    await migrate({ from, to, validate: true })
    await importVersions(back, exportVersions(to))
    expect(await contentOf(back)).toEqual(await contentOf(from))
    await to.clearAll()
    await importVersions(to, exportVersions(back))
    expect(await contentOf(to)).toEqual(await contentOf(from))
    await to.clearAll()
    const documents = await from.listVersions('p')
    expect(await importVersions(to, documents)).toMatchObject({ imported: 40 })
  })

  it('is slowed down to a rate', async () => {
    const [from, to] = [await filled(4, 6), new MemoryStorage()]
    const report = await migrate({ from, to, ratePerSecond: 50 })
    expect(report.duration_ms).toBeGreaterThanOrEqual(290)
  })
})

/** What may have happened to a storage: saves, moves of a label, deletions. */
const HAPPENED = fc.array(
  fc.record({
    promptId: fc.oneof(
      fc.constantFrom('p', 'P', '__proto__', 'CON', '../x', ' ', 'ä', 'a\u0308', 'x'.repeat(300)),
      fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
    ),
    version: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((numbers) => numbers.join('.')),
    text: fc.string({ unit: 'binary', maxLength: 200 }),
    then: fc.constantFrom('save', 'label', 'delete'),
  }),
  { maxLength: 30 },
)

describe(`a migration of any content (seed ${SEED})`, () => {
  it('to files and back to memory has the same content', async () => {
    await fc.assert(
      fc.asyncProperty(HAPPENED, async (happened) => {
        const [from, back] = [new MemoryStorage(), new MemoryStorage()]
        await using files = await FileSystemStorage.open({ storageDir: await tempDirectory() })
        for (const { promptId, version, text, then } of happened) {
          const { prompt, ...sample } = sampleVersion(promptId, version)
          const document = { ...sample, prompt: { ...prompt, text } }
          // What cannot be is refused: numbers that are taken, deletions of what is labelled.
          await from.saveVersion(document).catch(() => undefined)
          if (then === 'label') await moveTo(from, promptId, version).catch(() => undefined)
          if (then === 'delete') await from.deleteVersion(promptId, version).catch(() => undefined)
        }
        await migrate({ from, to: files })
        await migrate({ from: files, to: back })
        const before = await contentOf(from)
        expect(await contentOf(files)).toEqual(before)
        expect(await contentOf(back)).toEqual(before)
      }),
      seeded(25),
    )
  })
})
