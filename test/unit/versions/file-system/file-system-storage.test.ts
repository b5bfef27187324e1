import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { failure, openStore } from '../../../proof/faults/support.js'
import { modeHere } from '../../../support/modes.js'
import { tempDirectory } from '../../../support/temp.js'

describe('the file of a version', () => {
  it('is indented JSON with characters as they are, ends with its checksum, and belongs to its owner alone', async () => {
    const storageDir = await tempDirectory()
    const storage = await openStore(storageDir)
    const version = sampleVersion('greeting', '1.0.0', { metadata: { author: 'Zoë 漢字 🙂' } })
    await storage.saveVersion(version)
    const path = join(storageDir, 'greeting', '1.0.0.json')
    expect(storage.pathOf('greeting', '1.0.0')).toBe(path)

    const text = await readFile(path, 'utf8')
    expect(text.startsWith('{\n  "version": "1.0.0",\n  "prompt_id": "greeting",\n')).toBe(true)
    expect(text).toContain('"author": "Zoë 漢字 🙂"')
    expect(text.endsWith('"\n}\n')).toBe(true)
    const end = text.indexOf(',\n  "checksum": "sha256:')
    const sum = createHash('sha256').update(text.slice(0, end)).digest('hex')
    expect(text.slice(end)).toBe(`,\n  "checksum": "sha256:${sum}"\n}\n`)
    const { checksum, $saved_at, ...document } = JSON.parse(text) as Record<string, unknown>
    expect(text.slice(0, end).endsWith(`,\n  "$saved_at": "${String($saved_at)}"`)).toBe(true)
    expect(checksum).toBe(`sha256:${sum}`)
    expect(document).toEqual(version)

    expect((await stat(path)).mode & 0o777).toBe(modeHere(0o600))
    expect((await stat(dirname(path))).mode & 0o777).toBe(modeHere(0o700))
    expect(Buffer.from((await storage.readRaw('greeting', '1.0.0')) ?? []).toString()).toBe(text)
    expect(await storage.readRaw('greeting', '1.0.1')).toBeUndefined()
  })

  it('takes the modes that are asked for, whatever the umask', async () => {
    const before = process.umask(0o077)
    try {
      const storage = await openStore(await tempDirectory(), {
        fileMode: 0o640,
        directoryMode: 0o750,
      })
      await storage.saveVersion(sampleVersion('p', '1.0.0'))
      const path = storage.pathOf('p', '1.0.0')
      expect((await stat(path)).mode & 0o777).toBe(modeHere(0o640))
      expect((await stat(dirname(path))).mode & 0o777).toBe(modeHere(0o750))
    } finally {
      process.umask(before)
    }
  })

  it('leaves with the last version of its prompt only the record of that', async () => {
    const storage = await openStore(await tempDirectory())
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await storage.deleteVersion('p', '1.0.0')
    const left = await readdir(join(storage.storageDir, 'p'))
    expect(left.toSorted()).toEqual(['.labels.json', '.labels.jsonl'])
    await storage.clearAll()
    expect((await readdir(storage.storageDir)).filter((name) => !name.startsWith('.'))).toEqual([])
  })

  it('written by another program, without checksum and with defaults left out, is accepted', async () => {
    const storageDir = await tempDirectory()
    await (await openStore(storageDir)).close()
    const { metadata, analysis, optimization_result, parent_version, ...bare } = sampleVersion(
      'p',
      '1.0.0',
    )
    expect([metadata, analysis, optimization_result, parent_version]).toBeDefined()
    await mkdir(join(storageDir, 'p'))
    await writeFile(join(storageDir, 'p', '1.0.0.json'), JSON.stringify(bare))
    const storage = await openStore(storageDir)
    expect(await storage.getLatestVersion('p')).toMatchObject({
      version: '1.0.0',
      metadata: {},
      analysis: null,
    })
  })
})

describe('sharding', () => {
  it('spreads prompts over directories named by a hash', async () => {
    const storage = await openStore(await tempDirectory(), { enableSharding: true })
    const shard = createHash('sha256').update('prompt_001').digest('hex').slice(0, 2)
    await storage.saveVersion(sampleVersion('prompt_001', '1.0.0'))
    expect(storage.pathOf('prompt_001', '1.0.0')).toBe(
      join(storage.storageDir, shard, 'prompt_001', '1.0.0.json'),
    )
    expect(shard).toBe('98')
    expect(await storage.listPromptIds()).toEqual(['prompt_001'])
    expect((await storage.getStorageStats()).sharding).toEqual({ enabled: true, depth: 2 })
    await storage.clearAll()
    expect((await readdir(storage.storageDir)).filter((name) => !name.startsWith('.'))).toEqual([])
  })

  for (const [made, asked] of [
    [{ enableSharding: true }, { enableSharding: false }],
    [{}, { enableSharding: true }],
    [
      { enableSharding: true, shardDepth: 2 },
      { enableSharding: true, shardDepth: 3 },
    ],
    [{ enableSharding: true, shardDepth: 2 }, { shardDepth: 1 }],
  ] as const) {
    it(`of a store made with ${JSON.stringify(made)} refuses ${JSON.stringify(asked)}, and is taken over without`, async () => {
      const storageDir = await tempDirectory()
      const first = await openStore(storageDir, made)
      await first.saveVersion(sampleVersion('p', '1.0.0'))
      await first.close()
      expect(await failure(openStore(storageDir, asked))).toMatchObject({
        code: 'FS-FORMAT-001',
        context: { reason: 'sharding' },
      })
      const again = await openStore(storageDir)
      expect(await again.listPromptIds()).toEqual(['p'])
    })
  }
})

describe('opening', () => {
  it('with create: false refuses what is not a store, and leaves it alone', async () => {
    const parent = await tempDirectory()
    const missing = join(parent, 'missing')
    for (const storageDir of [missing, parent]) {
      expect(await failure(openStore(storageDir, { create: false }))).toMatchObject({
        code: 'FS-FORMAT-001',
        context: { reason: 'no_store' },
      })
    }
    expect(await readdir(parent)).toEqual([])
    await (await openStore(missing)).close()
    expect(await (await openStore(missing, { create: false })).listPromptIds()).toEqual([])
  })

  it('refuses unknown options with a hint, and wrong values by name', async () => {
    const storageDir = await tempDirectory()
    const open = async (options: object): Promise<unknown> => await openStore(storageDir, options)
    await expect(open({ cachSize: 3 })).rejects.toThrow('did you mean "cacheSize"?')
    await expect(open({ cacheSize: 0 })).rejects.toThrow(RangeError)
    await expect(open({ cacheSize: '5' })).rejects.toThrow(/Option "cacheSize" must be an integer/)
    await expect(open({ useIndex: 'yes' })).rejects.toThrow(TypeError)
    await expect(open({ shardDepth: 9 })).rejects.toThrow(RangeError)
    await expect(open({ onCorrupt: 'ignore' })).rejects.toThrow(/'raise', 'skip'/)
    await expect(FileSystemStorage.open({} as never)).rejects.toThrow(/storageDir/)
    expect(await readdir(storageDir)).toEqual([])
  })

  it('refuses a directory of a newer format, and one whose metadata is damaged', async () => {
    const storageDir = await tempDirectory()
    await (await openStore(storageDir)).close()
    const metadata = join(storageDir, '.metadata.json')
    const good = await readFile(metadata, 'utf8')
    await writeFile(metadata, '{}')
    expect(await failure(openStore(storageDir))).toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'metadata' },
    })
    await writeFile(metadata, good)
    const mark = join(storageDir, '.holdfast.json')
    await writeFile(
      mark,
      (await readFile(mark, 'utf8')).replace('"format_version": 1', '"format_version": 2'),
    )
    expect(await failure(openStore(storageDir))).toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'format', format_version: 2 },
    })
  })

  it('sees what was put there, changed and taken away by hand while the store was closed', async () => {
    const storageDir = await tempDirectory()
    const first = await openStore(storageDir)
    for (const version of ['1.0.0', '1.1.0', '1.2.0'])
      await first.saveVersion(sampleVersion('p', version))
    await first.saveVersion(sampleVersion('gone', '1.0.0'))
    await first.close()
    const spare = await readFile(join(storageDir, 'p', '1.1.0.json'))
    await rm(join(storageDir, 'p', '1.2.0.json'))
    await rm(join(storageDir, 'gone'), { recursive: true })
    await mkdir(join(storageDir, 'new'))
    const document = sampleVersion('new', '3.0.0')
    await writeFile(join(storageDir, 'new', '3.0.0.json'), JSON.stringify(document))
    await writeFile(join(storageDir, 'new', 'notes.txt'), spare)
    for (const options of [{}, { useIndex: false }, { validateIndexOnLoad: true }]) {
      const storage = await openStore(storageDir, options)
      expect(await storage.listPromptIds()).toEqual(['new', 'p'])
      expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.1.0'])
      expect(await storage.getLatestVersion('new')).toEqual(document)
      expect(await storage.getVersion('gone', '1.0.0')).toBeUndefined()
      await storage.close()
    }
  })
})

describe('pre-releases', () => {
  it('are refused by default and ordered by precedence when they are allowed', async () => {
    const storageDir = await tempDirectory()
    const strict = await openStore(storageDir)
    await expect(strict.saveVersion(sampleVersion('p', '1.0.0-beta.1'))).rejects.toThrow(TypeError)
    await strict.close()
    const storage = await openStore(storageDir, { allowPrerelease: true })
    const versions = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
    ]
    for (const version of versions.toReversed())
      await storage.saveVersion(sampleVersion('p', version))
    expect(await storage.listVersionNames('p')).toEqual(versions)
    await storage.close()
    const again = await openStore(storageDir)
    expect(await again.listVersionNames('p')).toEqual(versions)
    // Once allowed, they may be saved by everyone who does not refuse them.
    await again.saveVersion(sampleVersion('p', '1.1.0-alpha'))
    await again.close()
    const refusing = await openStore(storageDir, { allowPrerelease: false })
    await expect(refusing.saveVersion(sampleVersion('p', '1.2.0-a'))).rejects.toThrow(TypeError)
    expect(await refusing.getLatestVersionName('p')).toBe('1.1.0-alpha')
    expect(await refusing.getVersion('p', '1.0.0-rc.1')).toMatchObject({ version: '1.0.0-rc.1' })
  })
})

describe('without an index', () => {
  it('answers from the directories, what others put there included', async () => {
    const storage = await openStore(await tempDirectory(), { useIndex: false })
    await storage.saveVersion(sampleVersion('p', '1.9999.0'))
    await storage.saveVersion(sampleVersion('p', '1.10004.0'))
    expect(await storage.getLatestVersionName('p')).toBe('1.10004.0')
    await writeFile(storage.pathOf('p', '2.0.0'), JSON.stringify(sampleVersion('p', '2.0.0')))
    expect((await storage.getLatestVersion('p'))?.version).toBe('2.0.0')
    expect((await storage.getStorageStats()).index_enabled).toBe(false)
    await storage.close()
    expect(await readdir(storage.storageDir)).not.toContain('.index.json')
  })
})

describe('deleting several versions', () => {
  it('moves all of them to the trash in one transaction', async () => {
    const storage = await openStore(await tempDirectory(), { enableTrash: true })
    for (const version of ['1.0.0', '1.0.1', '1.0.2'])
      await storage.saveVersion(sampleVersion('p', version))
    expect(await storage.deleteVersions('p', ['1.0.1', '1.0.0', '7.0.0'])).toEqual([
      '1.0.0',
      '1.0.1',
    ])
    expect(await storage.listVersionNames('p')).toEqual(['1.0.2'])
    expect((await storage.listTrash('p')).map(({ version }) => version).toSorted()).toEqual([
      '1.0.0',
      '1.0.1',
    ])
  })
})
