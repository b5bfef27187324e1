import { describe, expect, it } from 'vitest'
import { StorageError, VersionConflictError } from '../../../../src/base/errors.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { VersionManager } from '../../../../src/versions/prompts/version-manager.js'
import { analysisOf, bare, now, promptOf, resultOf } from './version-manager-fixtures.js'

describe('createVersion', () => {
  it('starts at 1.0.0, whatever bump is asked for', async () => {
    const manager = new VersionManager({ storage: new MemoryStorage(), now })
    const created = await manager.createVersion({ prompt: promptOf('a'), bump: 'major' })
    expect(created).toEqual({
      version: '1.0.0',
      prompt_id: 'p',
      created_at: '2025-01-17T10:30:00.000Z',
      parent_version: null,
      metadata: { author: 'baseline', strategy: null },
      prompt: promptOf('a'),
      analysis: null,
      optimization_result: null,
    })
  })

  it('numbers by what the result improved, and by nothing else unless asked', async () => {
    const manager = new VersionManager({ storage: new MemoryStorage() })
    const versions: string[] = []
    for (const [score, bump] of [
      [0],
      [undefined],
      [4],
      [5],
      [15],
      [20, 'patch'],
      [undefined, 'minor'],
    ] as const) {
      const created = await manager.createVersion({
        prompt: promptOf('a'),
        ...(score === undefined ? {} : { optimizationResult: resultOf(score) }),
        ...(bump === undefined ? {} : { bump }),
      })
      versions.push(created.version)
    }
    expect(versions).toEqual(['1.0.0', '1.0.1', '1.0.2', '1.1.0', '2.0.0', '2.0.1', '2.1.0'])
  })

  it('goes on from the highest number, not from the last saved', async () => {
    const storage = new MemoryStorage()
    await storage.saveVersion(sampleVersion('p', '2.10.0'))
    await storage.saveVersion(sampleVersion('p', '2.9.0'))
    const created = await new VersionManager({ storage }).createVersion({ prompt: promptOf('a') })
    expect([created.version, created.parent_version]).toEqual(['2.10.1', '2.10.0'])
  })

  it('takes the latest for the parent unless it is told another, or none', async () => {
    const manager = new VersionManager({ storage: new MemoryStorage() })
    const parents: (string | null)[] = []
    for (const given of [
      {},
      {},
      { parentVersion: '1.0.0' },
      { parentVersion: null },
      { parentVersion: '7.7.7' },
    ]) {
      const created = await manager.createVersion({ prompt: promptOf('a'), ...given })
      parents.push(created.parent_version)
    }
    expect(parents).toEqual([null, '1.0.0', '1.0.0', null, '7.7.7'])
  })

  it('notes author and strategy, and lets the caller add to them', async () => {
    const manager = new VersionManager({ storage: new MemoryStorage() })
    const optimized = await manager.createVersion({
      prompt: promptOf('a'),
      analysis: analysisOf(70),
      optimizationResult: resultOf(3),
      metadata: { author: 'me', file: 'x.yml' },
    })
    expect(optimized.metadata).toEqual({ author: 'me', strategy: 'structure_focus', file: 'x.yml' })
    expect(optimized.analysis).toEqual(analysisOf(70))
  })

  it.each([
    ['with names', (storage: MemoryStorage) => storage],
    ['with the six methods only', bare],
  ] as const)('gives fifty callers fifty numbers in a row, over a storage %s', async (_, over) => {
    const storage = new MemoryStorage()
    const managers = [
      new VersionManager({ storage: over(storage) }),
      new VersionManager({ storage: over(storage) }),
    ]
    const creating = Array.from({ length: 50 }, async (_unused, at) => {
      const manager = managers[at % 2] as VersionManager
      return await manager.createVersion({ prompt: promptOf(`text ${at}`) })
    })
    const created = await Promise.all(creating)
    const expected = Array.from({ length: 50 }, (_unused, at) => `1.0.${at}`)
    expect(await storage.listVersionNames('p')).toEqual(expected)
    expect(new Set(created.map(({ version }) => version)).size).toBe(50)
    for (const version of created)
      expect(await storage.getVersion('p', version.version)).toEqual(version)
  })

  it('tries the next number when another caller was faster, with the right parent', async () => {
    const storage = new MemoryStorage()
    const outrun = bare(storage)
    let races = 3
    outrun.saveVersion = async (version) => {
      if (races-- > 0) await storage.saveVersion(sampleVersion('p', version.version))
      await storage.saveVersion(version)
    }
    const created = await new VersionManager({ storage: outrun }).createVersion({
      prompt: promptOf('mine'),
    })
    expect([created.version, created.parent_version]).toEqual(['1.0.3', '1.0.2'])
  })

  it('knows a conflict by its code, also from a storage with errors of its own', async () => {
    const storage = new MemoryStorage()
    const other = bare(storage)
    let races = 1
    other.saveVersion = async (version) => {
      if (races-- > 0) {
        await storage.saveVersion(sampleVersion('p', version.version))
        throw Object.assign(new Error('taken'), { code: 'OPT-VER-001' })
      }
      await storage.saveVersion(version)
    }
    const manager = new VersionManager({ storage: other })
    expect((await manager.createVersion({ prompt: promptOf('mine') })).version).toBe('1.0.1')
  })

  it('completes when the storage is closed after the call', async () => {
    const storage = new MemoryStorage()
    const manager = new VersionManager({ storage })
    const creating = ['a', 'b'].map((text) => manager.createVersion({ prompt: promptOf(text) }))
    const rolling = manager.createVersion({ prompt: promptOf('c'), expectedLatest: '1.0.1' })
    await storage.close()
    const created = await Promise.all([...creating, rolling])
    expect(created.map(({ version }) => version)).toEqual(['1.0.0', '1.0.1', '1.0.2'])
    await expect(manager.createVersion({ prompt: promptOf('d') })).rejects.toThrow('closed')
  })

  it('gives the latest back where the same content is accepted', async () => {
    const storage = new MemoryStorage()
    let time = 0
    const manager = new VersionManager({ storage, now: () => new Date(time++) })
    const given = { prompt: promptOf('a'), expectedLatest: null, ifSame: 'accept' } as const
    const first = await manager.createVersion(given)
    expect(await manager.createVersion(given)).toEqual(first)
    const next = { prompt: promptOf('b'), expectedLatest: '1.0.0', ifSame: 'accept' } as const
    const second = await manager.createVersion(next)
    expect(await manager.createVersion(next)).toEqual(second)
    expect(second).toMatchObject({ version: '1.0.1', parent_version: '1.0.0' })
    await expect(manager.createVersion({ ...next, prompt: promptOf('c') })).rejects.toMatchObject({
      code: 'OPT-VER-001',
    })
    await expect(manager.createVersion({ ...next, parentVersion: null })).rejects.toMatchObject({
      code: 'OPT-VER-001',
    })
    expect((await manager.createVersion({ prompt: promptOf('b') })).version).toBe('1.0.2')
  })

  it('gives up after a hundred lost races', async () => {
    const storage = new MemoryStorage()
    const outrun = bare(storage)
    let saves = 0
    // Another process is faster each time.
    outrun.saveVersion = async (given) => {
      saves++
      await storage.saveVersion(given)
      throw new VersionConflictError(given.prompt_id, given.version)
    }
    const manager = new VersionManager({ storage: outrun })
    await expect(manager.createVersion({ prompt: promptOf('a') })).rejects.toThrow(
      VersionConflictError,
    )
    expect(saves).toBe(100)
  })

  it('does not try a number again that was refused though the latest version stayed', async () => {
    const outrun = bare(new MemoryStorage())
    let saves = 0
    outrun.saveVersion = async ({ prompt_id: promptId, version }) => {
      saves++
      throw new VersionConflictError(promptId, version)
    }
    const manager = new VersionManager({ storage: outrun })
    await expect(manager.createVersion({ prompt: promptOf('a') })).rejects.toThrow(
      VersionConflictError,
    )
    expect(saves).toBe(2)
  })

  it('does not try again what failed otherwise, and holds up no caller', async () => {
    const storage = new MemoryStorage()
    const failing = bare(storage)
    const full = new StorageError('FS-IO-001', 'no space')
    let saves = 0
    failing.saveVersion = async (version) => {
      if (saves++ === 0) throw full
      await storage.saveVersion(version)
    }
    const manager = new VersionManager({ storage: failing })
    const outcomes = await Promise.allSettled([
      manager.createVersion({ prompt: promptOf('a') }),
      manager.createVersion({ prompt: promptOf('b') }),
    ])
    expect(outcomes[0]).toEqual({ status: 'rejected', reason: full })
    expect(outcomes[1]).toMatchObject({ status: 'fulfilled', value: { version: '1.0.0' } })
  })

  it('takes everything as it was at the call', async () => {
    const manager = new VersionManager({ storage: new MemoryStorage() })
    const metadata = { note: 'before' }
    const creating = manager.createVersion({ prompt: promptOf('a'), metadata })
    metadata.note = 'after'
    expect((await creating).metadata['note']).toBe('before')
  })

  it('saves nothing when another version is the latest than the caller expects', async () => {
    const storage = new MemoryStorage()
    const manager = new VersionManager({ storage })
    await manager.createVersion({ prompt: promptOf('a'), expectedLatest: null })
    await manager.createVersion({ prompt: promptOf('b'), expectedLatest: '1.0.0' })
    for (const expectedLatest of ['1.0.0', null])
      await expect(
        manager.createVersion({ prompt: promptOf('c'), expectedLatest }),
      ).rejects.toMatchObject({
        code: 'OPT-VER-001',
        context: { prompt_id: 'p', latest: '1.0.1', expected: expectedLatest },
      })
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
  })

  it.each([
    ['no arguments', undefined, 'Option "prompt"'],
    ['no prompt', {}, 'Option "prompt"'],
    ['an unknown option', { prompt: promptOf('a'), bumb: 'patch' }, 'did you mean "bump"'],
    ['an unknown bump', { prompt: promptOf('a'), bump: 'huge' }, 'Option "bump"'],
    [
      'a parent that is not a version',
      { prompt: promptOf('a'), parentVersion: '1.0' },
      '"parentVersion"',
    ],
    [
      'an expected version that is none',
      { prompt: promptOf('a'), expectedLatest: '1.0' },
      '"expectedLatest"',
    ],
    ['a prompt without id', { prompt: { ...promptOf('a'), id: '' } }, '"prompt.id"'],
    [
      'a prompt that does not fit',
      { prompt: { ...promptOf('a'), text: ' ' } },
      'Field "prompt.text"',
    ],
    [
      'metadata that JSON cannot hold',
      { prompt: promptOf('a'), metadata: { at: new Date() } },
      'metadata.at',
    ],
  ])('refuses %s', async (_, given, message) => {
    const manager = new VersionManager({ storage: new MemoryStorage() })
    const attempt = manager.createVersion(given as never)
    await expect(attempt).rejects.toThrow(TypeError)
    await expect(attempt).rejects.toThrow(message)
  })
})
