import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { DiskError } from '../../../src/disk/disk-error.js'
import { subscribe } from '../../../src/base/channels.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { VersionManager } from '../../../src/versions/prompts/version-manager.js'
import { failure, openStore } from '../faults/support.js'
import { tempDirectory } from '../../support/temp.js'
import { closedStore, letClockTick } from './closed-store.js'
import { interceptedDisk } from '../../support/intercepted-disk.js'

const run = promisify(execFile)
async function hasTool(name: string): Promise<boolean> {
  return await run(name, ['--version']).then(
    () => true,
    () => false,
  )
}

async function age(path: string): Promise<void> {
  const before = new Date(Date.now() - 3_600_000)
  await utimes(path, before, before)
}

/** How a file or directory comes to its place with its old times. */
const BRINGING: Readonly<Record<string, (from: string, to: string) => Promise<unknown>>> = {
  cp: async (from, to) => await run('cp', ['-a', from, to]),
  mv: async (from, to) => await run('mv', [from, to]),
  tar: async (from, to) => {
    const archive = join(await tempDirectory(), 'archive.tar')
    await run('tar', ['-cf', archive, '-C', from, '.'])
    await mkdir(to, { recursive: true })
    await run('tar', ['-xf', archive, '-C', to])
  },
  rsync: async (from, to) => await run('rsync', ['-a', `${from}/`, to]),
}

const TOOLS = Object.keys(BRINGING)
/** Those that this machine lacks: their tests are skipped, and say so. */
const MISSING = new Set(
  (await Promise.all(TOOLS.map(async (tool) => ((await hasTool(tool)) ? [] : [tool])))).flat(),
)

function skipWithout(tool: string, skip: (note: string) => void): void {
  if (MISSING.has(tool)) skip(`${tool} is not installed`)
}

describe('a closed store', () => {
  it.for(TOOLS)('shows a prompt that %s brings in with its old times', async (tool, { skip }) => {
    skipWithout(tool, skip)
    const storageDir = await closedStore({ p: ['1.0.0'] })
    const other = await closedStore({ q: ['1.0.0', '1.0.1'] })
    await age(join(other, 'q'))
    await BRINGING[tool]?.(join(other, 'q'), join(storageDir, 'q'))
    await using again = await openStore(storageDir)
    expect(await again.listPromptIds()).toEqual(['p', 'q'])
    expect(await again.getLatestVersion('q')).toMatchObject({ version: '1.0.1' })
    expect(await again.getVersion('q', '1.0.0')).toEqual(sampleVersion('q', '1.0.0'))
  })

  it.for(TOOLS.filter((tool) => tool !== 'mv'))(
    'shows a version that %s puts back into a known prompt with the old times of both',
    async (tool, { skip }) => {
      skipWithout(tool, skip)
      const storageDir = await closedStore({ p: ['1.0.0', '1.0.1'] })
      const backup = join(await tempDirectory(), 'backup')
      await cp(join(storageDir, 'p'), backup, { recursive: true, preserveTimestamps: true })
      const deleting = await openStore(storageDir)
      await deleting.deleteVersion('p', '1.0.1')
      await letClockTick()
      await deleting.close()
      await rm(join(storageDir, 'p', '1.0.0.json'))
      const into = join(storageDir, 'p')
      await BRINGING[tool]?.(tool === 'cp' ? `${backup}/.` : backup, into)
      await age(into)
      await using again = await openStore(storageDir)
      expect(await again.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
    },
  )

  it.for(['-a', '-a --inplace', '-a --delete'])(
    'is what rsync %s makes of it from another store',
    async (options, { skip }) => {
      skipWithout('rsync', skip)
      const storageDir = await closedStore({ p: ['1.0.0', '1.0.1'], gone: ['1.0.0'] })
      const other = await tempDirectory()
      const changed = sampleVersion('p', '1.0.1', { metadata: { author: 'the other store' } })
      const source = await openStore(other)
      for (const version of [sampleVersion('p', '1.0.0'), changed, sampleVersion('q', '1.0.0')])
        await source.saveVersion(version)
      await source.close()
      await run('rsync', [...options.split(' '), '--exclude=/.*', `${other}/`, `${storageDir}/`])
      await using again = await openStore(storageDir)
      const isExact = options.includes('--delete')
      expect(await again.listPromptIds()).toEqual(isExact ? ['p', 'q'] : ['gone', 'p', 'q'])
      expect(await again.getVersion('p', '1.0.1')).toEqual(changed)
      expect(await again.listVersionNames('q')).toEqual(['1.0.0'])
      const { findings } = await again.verify()
      expect(findings.map(({ kind, path }) => [kind, path])).toEqual(
        isExact ? [['lost-file', 'gone/1.0.0.json']] : [],
      )
    },
  )

  it('shows what a git checkout brings and takes', async () => {
    const storageDir = await closedStore({ p: ['1.0.0'], q: ['1.0.0'] })
    const git = async (...words: string[]): Promise<unknown> =>
      await run('git', ['-C', storageDir, '-c', 'user.name=t', '-c', 'user.email=t@t', ...words])
    await writeFile(join(storageDir, '.gitignore'), '/.*\n!/.metadata.json\n')
    await git('init', '-q')
    await git('add', '.')
    await git('commit', '-qm', 'one')
    const later = await openStore(storageDir)
    await later.saveVersion(sampleVersion('p', '1.0.1'))
    await later.deleteVersion('q', '1.0.0')
    await letClockTick()
    await later.close()
    await git('checkout', '-qb', 'two')
    await git('add', '.')
    await git('commit', '-qam', 'two')
    await git('checkout', '-q', '-')
    await using again = await openStore(storageDir)
    expect(await again.indexSnapshot()).toEqual({ p: ['1.0.0'], q: ['1.0.0'] })
  })

  it('shows what was added while the clock of its index was ahead', async () => {
    const storageDir = await closedStore({ p: ['1.0.0'] })
    const text = await readFile(join(storageDir, '.index.json'), 'utf8')
    // No time that a program sets counts, so that a clock that was ahead cannot hide anything.
    expect(text).toContain('"directory":"')
    const ahead = new Date(Date.now() + 86_400_000)
    await utimes(join(storageDir, 'p'), ahead, ahead)
    await (await openStore(storageDir)).close()
    await cp(join(storageDir, 'p', '1.0.0.json'), join(storageDir, 'p', '1.0.1.json'))
    await age(join(storageDir, 'p'))
    await using again = await openStore(storageDir)
    expect(await again.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
  })

  it('shows a prompt that comes into a shard, and a whole shard', async () => {
    const storageDir = await closedStore({ p: ['1.0.0'] }, { enableSharding: true })
    const other = await closedStore({ q: ['1.0.0'] }, { enableSharding: true })
    const [shard = ''] = (await readdir(other)).filter((name) => /^[0-9a-f]{2}$/.test(name))
    await age(join(other, shard, 'q'))
    await age(join(other, shard))
    await run('cp', ['-a', join(other, shard), storageDir])
    await using again = await openStore(storageDir)
    expect(await again.listPromptIds()).toEqual(['p', 'q'])
  })
})

describe('an open store', () => {
  it('learns of a version of another program by its refusal, and goes on', async () => {
    await using storage = await openStore(await tempDirectory())
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await writeFile(storage.pathOf('p', '1.0.1'), JSON.stringify(sampleVersion('p', '1.0.1')))
    const refusal = await failure(storage.saveVersion(sampleVersion('p', '1.0.1')))
    expect(refusal).toMatchObject({ code: 'OPT-VER-001' })
    expect(await storage.getVersion('p', '1.0.1')).toEqual(sampleVersion('p', '1.0.1'))
    await writeFile(storage.pathOf('p', '1.0.2'), JSON.stringify(sampleVersion('p', '1.0.2')))
    const { prompt } = sampleVersion('p', '1.0.0')
    const made = await new VersionManager({ storage }).createVersion({
      prompt: { ...prompt, id: 'p' },
    })
    expect(made.version).toBe('1.0.3')
  })

  it.each([
    ['a directory', async (path: string) => await mkdir(path)],
    ['a link', async (path: string) => await symlink('1.0.0.json', path)],
  ])('names %s in the place of a version, in a save and in verify', async (_, plant) => {
    await using storage = await openStore(await tempDirectory())
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await plant(storage.pathOf('p', '1.0.1'))
    const saving = await failure(storage.saveVersion(sampleVersion('p', '1.0.1')))
    expect(saving).toMatchObject({
      code: 'FS-SAVE-001',
      context: { path: 'p/1.0.1.json', reason: 'not_a_file' },
    })
    const { prompt } = sampleVersion('p', '1.0.0')
    const creating = new VersionManager({ storage }).createVersion({
      prompt: { ...prompt, id: 'p' },
    })
    expect((await failure(creating)).code).toBe('FS-SAVE-001')
    const { findings } = await storage.verify()
    expect(findings).toMatchObject([{ kind: 'not-a-file', path: 'p/1.0.1.json' }])
  })
})

describe('line ends and byte order marks of other programs', () => {
  it('leave the versions readable, are told as what they are, and are repaired in place', async () => {
    const versions = Array.from({ length: 30 }, (_, patch) => `1.0.${patch}`)
    const storageDir = await closedStore({ p: versions })
    for (const version of versions) {
      const path = join(storageDir, 'p', `${version}.json`)
      const text = await readFile(path, 'utf8')
      await writeFile(path, version === '1.0.7' ? `\ufeff${text}` : text.replaceAll('\n', '\r\n'))
    }
    const told: string[] = []
    const stop = subscribe('warning', ({ code }) => void told.push(code))
    try {
      await using storage = await openStore(storageDir)
      expect(await storage.getVersion('p', '1.0.3')).toEqual(sampleVersion('p', '1.0.3'))
      expect(told.filter((code) => code === 'line-ends')).toHaveLength(1)
      const { findings } = await storage.verify()
      expect(findings.filter(({ kind }) => kind === 'line-ends')).toHaveLength(29)
      expect(findings.filter(({ kind }) => kind === 'byte-order-mark')).toHaveLength(1)
      expect(findings).toHaveLength(30)
      const repaired = await storage.verify({ repair: true })
      expect(repaired.findings.every((finding) => finding.repaired)).toBe(true)
      expect((await storage.verify()).findings).toEqual([])
    } finally {
      stop()
    }
  })

  it('or whatever damages many files at once, empty no store by a repair', async () => {
    const versions = Array.from({ length: 11 }, (_, patch) => `1.0.${patch}`)
    const storageDir = await closedStore({ p: versions })
    for (const version of versions) {
      const path = join(storageDir, 'p', `${version}.json`)
      await writeFile(path, (await readFile(path, 'utf8')).replace('"prompt"', '"Prompt"'))
    }
    await using storage = await openStore(storageDir)
    const held = await storage.verify({ repair: true })
    expect(held).toMatchObject({ held_back: 11 })
    expect(held.findings.some(({ repaired }) => repaired)).toBe(false)
    expect(await readdir(join(storageDir, 'p'))).toHaveLength(11)
    const moved = await storage.verify({ repair: true, quarantineMax: 11 })
    expect(moved.findings.every(({ repaired }) => repaired)).toBe(true)
  })
})

describe('a directory that may not be read', () => {
  it('is reported, and keeps no reader from the rest', async () => {
    const storageDir = await closedStore({ p: ['1.0.0'], q: ['1.0.0'] })
    await rm(join(storageDir, '.index.json'))
    await mkdir(join(storageDir, 'foreign'))
    const refuse = (path: string): void => {
      if (/^(?:q|foreign)(?:\/|$)/.test(path)) throw new DiskError('EACCES', 'open', path)
    }
    const disk = interceptedDisk((real) => ({
      readHot: () => undefined,
      list: async (path) => {
        refuse(path)
        return await real.list(path)
      },
      read: async (path) => {
        refuse(path)
        return await real.read(path)
      },
    }))
    const told: string[] = []
    const stop = subscribe('background-error', ({ stage }) => void told.push(stage))
    try {
      await using storage = await openStore(storageDir, { disk })
      expect(told).toEqual(['index', 'index'])
      expect(await storage.getLatestVersionName('p')).toBe('1.0.0')
      expect((await failure(storage.getVersion('q', '1.0.0'))).code).toBe('FS-PERM-001')
      expect((await failure(storage.getLatestVersion('q'))).code).toBe('FS-PERM-001')
      const { findings } = await storage.verify()
      const unreadable = findings.filter(({ kind }) => kind === 'unreadable')
      expect(unreadable.map(({ path }) => path).sort()).toEqual(['foreign', 'q'])
    } finally {
      stop()
    }
    await using readable = await openStore(storageDir)
    expect(await readable.listPromptIds()).toEqual(['p', 'q'])
  })
})
