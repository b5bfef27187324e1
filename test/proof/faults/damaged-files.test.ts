import { copyFile, mkdir, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe, type CorruptMessage } from '../../../src/base/channels.js'
import type { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../support/temp.js'
import { failure, openStore } from './support.js'

/** Three versions of `p` and one of `q`, none of them in any cache. */
async function filled(options: Parameters<typeof openStore>[1] = {}): Promise<FileSystemStorage> {
  const storageDir = await tempDirectory()
  const first = await openStore(storageDir, options)
  for (const version of ['1.0.0', '1.1.0', '2.0.0'])
    await first.saveVersion(sampleVersion('p', version))
  await first.saveVersion(sampleVersion('q', '1.0.0'))
  await first.close()
  return await openStore(storageDir, options)
}

async function flipBitIn(path: string, find: string): Promise<void> {
  const bytes = await readFile(path)
  const at = bytes.indexOf(find)
  expect(at).toBeGreaterThan(0)
  bytes[at] = (bytes[at] ?? 0) ^ 0x01
  await writeFile(path, bytes)
}

function corruptions(): CorruptMessage[] {
  const seen: CorruptMessage[] = []
  onTestFinished(subscribe('corrupt', (message) => seen.push(message)))
  return seen
}

interface Damage {
  readonly what: string
  readonly code: string
  readonly reason: string
  readonly kind: string
  readonly make: (storage: FileSystemStorage, path: string) => Promise<void>
}

const DAMAGES: readonly Damage[] = [
  {
    what: 'with a flipped bit inside a text',
    code: 'FS-LOAD-001',
    reason: 'checksum',
    kind: 'checksum-mismatch',
    make: async (_, path) => await flipBitIn(path, 'Summarise'),
  },
  {
    what: 'with a flipped bit in its checksum',
    code: 'FS-LOAD-001',
    reason: 'checksum',
    kind: 'checksum-mismatch',
    make: async (_, path) => {
      const text = await readFile(path, 'utf8')
      await writeFile(
        path,
        text.replace(/[0-9a-f]"\n}\n$/, (end) => (end[0] === '0' ? '1' : '0') + end.slice(1)),
      )
    },
  },
  {
    what: 'cut in half',
    code: 'FS-LOAD-001',
    reason: 'json',
    kind: 'damaged-json',
    make: async (_, path) => await truncate(path, Math.floor((await stat(path)).size / 2)),
  },
  {
    what: 'emptied',
    code: 'FS-LOAD-001',
    reason: 'json',
    kind: 'damaged-json',
    make: async (_, path) => await truncate(path, 0),
  },
  {
    what: 'full of zeros',
    code: 'FS-LOAD-001',
    reason: 'json',
    kind: 'damaged-json',
    make: async (_, path) => await writeFile(path, Buffer.alloc((await stat(path)).size)),
  },
  {
    what: 'overwritten with that of another version',
    code: 'FS-LOAD-002',
    reason: 'misplaced',
    kind: 'misplaced',
    make: async (storage, path) => await copyFile(storage.pathOf('p', '1.0.0'), path),
  },
  {
    what: 'overwritten with that of another prompt',
    code: 'FS-LOAD-002',
    reason: 'misplaced',
    kind: 'misplaced',
    make: async (storage, path) => await copyFile(storage.pathOf('q', '1.0.0'), path),
  },
  {
    what: 'replaced by a document without the fields of a version',
    code: 'FS-LOAD-002',
    reason: 'schema',
    kind: 'schema',
    make: async (_, path) => await writeFile(path, '{"prompt_id": "p", "version": "2.0.0"}'),
  },
]

for (const { what, code, reason, kind, make } of DAMAGES) {
  describe(`a version's file ${what}`, () => {
    it(`is ${code} to getVersion and getLatestVersion, and the others are read on`, async () => {
      const storage = await filled()
      await make(storage, storage.pathOf('p', '2.0.0'))
      const error = await failure(storage.getVersion('p', '2.0.0'))
      expect(error).toMatchObject({ code, context: { path: 'p/2.0.0.json', reason } })
      expect((await failure(storage.getLatestVersion('p'))).code).toBe(code)
      expect((await storage.getVersion('p', '1.1.0'))?.version).toBe('1.1.0')
      expect(await storage.getLatestVersionName('p')).toBe('2.0.0')
      expect((await failure(storage.saveVersion(sampleVersion('p', '2.0.0')))).code).toBe(
        'OPT-VER-001',
      )
    })

    it('is left out of lists, with an announcement', async () => {
      const storage = await filled()
      await make(storage, storage.pathOf('p', '1.1.0'))
      const seen = corruptions()
      const listed = await storage.listVersions('p')
      expect(listed.map(({ version }) => version)).toEqual(['1.0.0', '2.0.0'])
      expect(seen).toMatchObject([{ directory: storage.storageDir, path: 'p/1.1.0.json' }])
    })

    it('is passed over by getLatestVersion when onCorrupt says so', async () => {
      const storage = await filled({ onCorrupt: 'skip' })
      await make(storage, storage.pathOf('p', '2.0.0'))
      const seen = corruptions()
      expect((await storage.getLatestVersion('p'))?.version).toBe('1.1.0')
      expect(seen).toHaveLength(1)
      expect((await failure(storage.getVersion('p', '2.0.0'))).code).toBe(code)
    })

    it(`is found by verify as ${kind}, and repair puts it into quarantine, whole`, async () => {
      const storage = await filled()
      const path = storage.pathOf('p', '2.0.0')
      await make(storage, path)
      const damaged = await readFile(path)
      const found = { kind, path: 'p/2.0.0.json' }
      expect(await storage.verify()).toMatchObject({
        checked: 4,
        findings: [{ ...found, repaired: false }],
      })
      expect((await readFile(path)).equals(damaged)).toBe(true)

      expect((await storage.verify({ repair: true })).findings).toMatchObject([
        { ...found, repaired: true },
      ])
      const quarantine = join(storage.storageDir, '.quarantine', 'p')
      const kept = (await readdir(quarantine)).filter((name) => name.startsWith('2.0.0.json'))
      expect(kept).toHaveLength(1)
      expect((await readFile(join(quarantine, kept[0] ?? ''))).equals(damaged)).toBe(true)
      expect((await storage.verify()).findings).toEqual([])
      expect(await storage.getVersion('p', '2.0.0')).toBeUndefined()
      expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.1.0'])
      await storage.saveVersion(sampleVersion('p', '2.0.0'))
      expect((await storage.getLatestVersion('p'))?.version).toBe('2.0.0')
    })
  })
}

describe('verify', () => {
  it('puts a file that is under another name back where it belongs when that place is free', async () => {
    const storage = await filled()
    const bytes = await readFile(storage.pathOf('q', '1.0.0'))
    await mkdir(dirname(storage.pathOf('r', '7.0.0')))
    await copyFile(storage.pathOf('q', '1.0.0'), storage.pathOf('r', '7.0.0'))
    await storage.deleteVersion('q', '1.0.0')
    await storage.rebuildIndex()
    expect((await failure(storage.getVersion('r', '7.0.0'))).code).toBe('FS-LOAD-002')
    expect((await storage.verify({ repair: true })).findings).toMatchObject([
      { kind: 'misplaced', path: 'r/7.0.0.json', repaired: true },
    ])
    expect((await readFile(storage.pathOf('q', '1.0.0'))).equals(bytes)).toBe(true)
    expect((await storage.getVersion('q', '1.0.0'))?.prompt_id).toBe('q')
    expect(await storage.listPromptIds()).toEqual(['p', 'q'])
  })

  it('reports files without a checksum, foreign ones, and what the index has and the disk has not', async () => {
    const storage = await filled()
    await writeFile(storage.pathOf('p', '1.0.0'), JSON.stringify(sampleVersion('p', '1.0.0')))
    await writeFile(join(storage.storageDir, 'p', 'notes.txt'), 'mine')
    await writeFile(storage.pathOf('p', '3.0.0'), await readFile(storage.pathOf('p', '2.0.0')))
    await rm(storage.pathOf('q', '1.0.0'))
    const { findings } = await storage.verify()
    expect(findings.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
      'foreign-file p/notes.txt',
      'misplaced p/3.0.0.json',
      'missing-checksum p/1.0.0.json',
      'missing-file q/1.0.0.json',
      'unlisted-file p/3.0.0.json',
    ])
    await storage.verify({ repair: true })
    expect(await readFile(join(storage.storageDir, 'p', 'notes.txt'), 'utf8')).toBe('mine')
    const left = (await storage.verify()).findings.map(({ kind }) => kind).sort()
    expect(left).toEqual(['foreign-file', 'missing-checksum'])
  })

  it('accepts damage to a checksum when checksums are off, and still checks the name', async () => {
    const storage = await filled({ checksums: false })
    expect(await readFile(storage.pathOf('p', '1.0.0'), 'utf8')).not.toContain('sha256')
    await copyFile(storage.pathOf('p', '1.0.0'), storage.pathOf('p', '1.1.0'))
    expect((await failure(storage.getVersion('p', '1.1.0'))).code).toBe('FS-LOAD-002')
  })
})
