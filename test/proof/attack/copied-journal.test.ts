import { cp, mkdir, open, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../src/base/errors.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { documentOf } from '../crash/documents.mjs'
import { inChild } from '../faults/child.js'
import { copyStore } from '../../support/copy-store.mjs'
import { tempDirectory } from '../../support/temp.js'

const KIB = 1024
const SMALL = { segmentBytes: 64 * KIB, journalBytes: 4096 * KIB, checkpointIdleMs: 3_600_000 }
const JOURNAL = '.journal'

describe.each(['native', 'portable'] as const)(
  'a journal copied while it is written (%s)',
  (disk) => {
    it('is told as that of a copy where it does not fit itself, and opens with repairJournal', async () => {
      const [store, copy] = await places()
      await using storage = await FileSystemStorage.open({
        storageDir: store,
        disk,
        minFreeMb: 0,
        ...SMALL,
      })
      const saved: string[] = []
      await saveMany(storage, saved, 12)
      // The older segments as they are now, and what was written since in the newer ones only.
      await cp(join(store, JOURNAL), join(copy, JOURNAL), { recursive: true })
      const early = new Set(await segmentsIn(copy))
      const before = [...saved]
      await saveMany(storage, saved, 60)
      for (const name of await segmentsIn(store))
        if (!early.has(name)) await cp(join(store, JOURNAL, name), join(copy, JOURNAL, name))
      await copyPlainFiles(store, copy)

      const openCopy = async (repairJournal: boolean): Promise<FileSystemStorage> =>
        await FileSystemStorage.open({ storageDir: copy, disk, minFreeMb: 0, repairJournal })
      const refusal = await openCopy(false).catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(StorageError)
      expect(refusal).toMatchObject({
        code: 'FS-JOURNAL-001',
        context: { copied: true },
        message: expect.stringContaining('repairJournal: true') as string,
      })
      await using repaired = await openCopy(true)
      const listed = new Set(await repaired.listPromptIds())
      expect(before.filter((id) => !listed.has(id))).toEqual([])
      const { findings } = await repaired.verify()
      expect(findings.map(({ kind }) => kind)).toEqual(['damaged-journal'])
    })

    it('shows all that was acknowledged before where it is whole, whatever was copied first', async () => {
      const [store, copy] = await places()
      await using storage = await FileSystemStorage.open({
        storageDir: store,
        disk,
        minFreeMb: 0,
        ...SMALL,
      })
      const saved: string[] = []
      await saveMany(storage, saved, 30)
      await cp(join(store, JOURNAL), join(copy, JOURNAL), { recursive: true })
      const before = [...saved]
      await saveMany(storage, saved, 5)
      await storage.deleteVersion(saved.at(-1) ?? '', '1.0.0')
      await copyPlainFiles(store, copy)
      await using opened = await FileSystemStorage.open({ storageDir: copy, disk, minFreeMb: 0 })
      const listed = new Set(await opened.listPromptIds())
      expect(before.filter((id) => !listed.has(id))).toEqual([])
      expect((await opened.verify()).findings).toEqual([])
    })
  },
)

describe('a journal that is damaged where it was written', () => {
  it('is not treated as a copy, and one that was copied with its damage is', async () => {
    const storageDir = await killedStore()
    const [segment = ''] = await segmentsIn(storageDir)
    const file = await open(join(storageDir, JOURNAL, segment), 'r+')
    await file.write(Buffer.alloc(4 * KIB), 0, 4 * KIB, 12 * KIB)
    await file.close()
    const refusal = async (directory: string): Promise<unknown> =>
      await FileSystemStorage.open({ storageDir: directory, minFreeMb: 0 }).catch((error) => error)
    const here = await refusal(storageDir)
    expect(here).toMatchObject({ code: 'FS-JOURNAL-001' })
    expect(here).not.toHaveProperty('context.copied')
    const copy = join(await tempDirectory(), 'copy')
    copyStore(storageDir, copy)
    expect(await refusal(copy)).toMatchObject({ code: 'FS-JOURNAL-001', context: { copied: true } })
    // Nor does another name for the directory make a copy of it.
    const moved = join(await tempDirectory(), 'moved')
    await rename(storageDir, moved)
    expect(await refusal(moved)).not.toHaveProperty('context.copied')
  })
})

/** A store whose process was killed before any checkpoint. */
async function killedStore(): Promise<string> {
  const storageDir = await tempDirectory()
  await inChild(storageDir, async ({ open: openChild, version, kill }) => {
    const storage = await openChild({ checkpointIdleMs: 3_600_000 })
    for (let patch = 0; patch < 6; patch++) await storage.saveVersion(version('p', `1.0.${patch}`))
    return kill(true)
  })
  return storageDir
}

async function places(): Promise<readonly [store: string, copy: string]> {
  const top = await tempDirectory()
  await mkdir(join(top, 'copy'))
  return [join(top, 'store'), join(top, 'copy')]
}

async function saveMany(storage: FileSystemStorage, saved: string[], count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const promptId = `prompt-${saved.length}`
    await storage.saveVersion(
      documentOf({ promptId, version: '1.0.0', salt: 'copy', textBytes: 3 * KIB }),
    )
    saved.push(promptId)
  }
}

async function segmentsIn(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, JOURNAL))
  return names.filter((name) => /^\d+\.log$/.test(name)).sort()
}

/** Everything but the journal, and what names running processes. */
async function copyPlainFiles(store: string, copy: string): Promise<void> {
  for (const name of await readdir(store)) {
    if (name === JOURNAL || name === '.owner' || name === '.alive') continue
    await cp(join(store, name), join(copy, name), { recursive: true })
  }
}
