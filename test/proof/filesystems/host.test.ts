import { execFile, spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import type { Capabilities } from '../../../src/disk/disk.js'
import { NEEDS_ROOT } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { failure, openStore } from '../faults/support.js'
import { tempDirectory } from '../../support/temp.js'
import { PORTABLE, WHOLE, type Life } from './lives.js'

const LIFE = fileURLToPath(new URL('life.mjs', import.meta.url))

/** A file system of the test's own; returns where it is mounted. */
type Mount = (test: TestContext) => Promise<string>

function run(program: string, ...args: readonly string[]): string {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  return status === 0 ? '' : `${program}: ${error?.message ?? stderr}`
}

/** Skips the test, saying why, where a program is missing or this kernel cannot mount such a thing. */
function need(test: TestContext, ...command: readonly [string, ...string[]]): void {
  const trouble = run(...command)
  test.skip(trouble !== '', `cannot run ${trouble.trim()}`)
}

async function place(test: TestContext): Promise<string> {
  test.skip(!isRoot, NEEDS_ROOT)
  return await tempDirectory()
}

function unmountAtEnd(directory: string): string {
  onTestFinished(() => void run('umount', '--lazy', directory))
  return directory
}

const image =
  (megabytes: number, ...make: readonly [string, ...string[]]): Mount =>
  async (test) => {
    const top = await place(test)
    const [file, directory] = [join(top, 'image'), join(top, 'mounted')]
    await writeFile(file, '')
    await mkdir(directory)
    need(test, 'truncate', '-s', `${megabytes}M`, file)
    need(test, ...make, file)
    need(test, 'mount', '-o', 'loop', file, directory)
    return unmountAtEnd(directory)
  }

const tmpfs: Mount = async (test) => {
  const top = await place(test)
  need(test, 'mount', '-t', 'tmpfs', '-o', 'size=128m,mode=700', 'tmpfs', top)
  return unmountAtEnd(top)
}

const overlayOn =
  (below: Mount): Mount =>
  async (test) => {
    const base = await below(test)
    const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) =>
      join(base, name),
    ) as [string, string, string, string]
    for (const directory of [lower, upper, work, merged]) await mkdir(directory)
    const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
    need(test, 'mount', '-t', 'overlay', '-o', layers, 'overlay', merged)
    return unmountAtEnd(merged)
  }

const bindfs: Mount = async (test) => {
  const top = await place(test)
  const [source, directory] = [join(top, 'source'), join(top, 'mounted')]
  for (const each of [source, directory]) await mkdir(each)
  need(test, 'bindfs', source, directory)
  return unmountAtEnd(directory)
}

const ext4 = image(64, 'mkfs.ext4', '-q', '-F')
const HOST: Readonly<Record<string, { readonly mount: Mount; readonly finds: object }>> = {
  ext4: { mount: ext4, finds: { ...WHOLE, fileSystem: 'ext4', warnings: [] } },
  xfs: {
    mount: image(320, 'mkfs.xfs', '-q'),
    finds: { ...WHOLE, fileSystem: 'xfs', warnings: [] },
  },
  btrfs: {
    mount: image(128, 'mkfs.btrfs', '-q'),
    finds: { ...WHOLE, fileSystem: 'btrfs', copyOnWrite: true, warnings: [] },
  },
  tmpfs: {
    mount: tmpfs,
    finds: { ...WHOLE, fileSystem: 'tmpfs', warnings: [expect.stringMatching(/loss of power/)] },
  },
  'overlay on ext4': { mount: overlayOn(ext4), finds: { ...WHOLE, fileSystem: 'overlay' } },
  'overlay on tmpfs': { mount: overlayOn(tmpfs), finds: { ...WHOLE, fileSystem: 'overlay' } },
}

async function liveOn(directory: string, options: object): Promise<Life> {
  const args = [LIFE, join(directory, 'store'), JSON.stringify(options)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as Life
}

function expectGoodLife(life: Life, finds: Partial<Capabilities>): void {
  expect(life.refused).toBeUndefined()
  expect(life.capabilities).toMatchObject(finds)
  expect(life.problems).toEqual([])
  expect(life.versions).toBeGreaterThan(30)
}

for (const [name, { mount, finds }] of Object.entries(HOST)) {
  describe(name, () => {
    it('is known for what it can do, and a store lives on it', async (test) => {
      expectGoodLife(await liveOn(await mount(test), { disk: 'native' }), finds)
    })

    it('carries a store of the portable disk', async (test) => {
      const life = await liveOn(await mount(test), { disk: 'portable' })
      const { fileSystem, copyOnWrite } = finds as Partial<Capabilities>
      expectGoodLife(life, { ...PORTABLE, fileSystem, copyOnWrite } as Partial<Capabilities>)
    })
  })
}

describe('two file systems that number their files alike', () => {
  it('are not treated as one: a store on one does not block the other', async (test) => {
    const make = image(128, 'mkfs.btrfs', '-q')
    const [left, right] = [join(await make(test), 'store'), join(await make(test), 'store')]
    await (await openStore(right, { disk: 'native' })).close()
    const first = await openStore(left, { disk: 'native' })
    const second = await openStore(right, { disk: 'portable' })
    expect(await second.listPromptIds()).toEqual([])
    await Promise.all([first.close(), second.close()])
  })
})

describe('a store that the native disk has open', () => {
  for (const name of ['btrfs', 'overlay on ext4']) {
    it(`is refused to the portable disk on ${name}, where stat names another device than locks do`, async (test) => {
      const storageDir = join((await HOST[name]?.mount(test)) ?? '', 'store')
      await openStore(storageDir, { disk: 'native' })
      const { code } = await failure(openStore(storageDir, { disk: 'portable' }))
      expect(code).toBe('FS-LOCK-001')
    })
  }
})

describe('FUSE (bindfs)', () => {
  for (const disk of ['native', 'portable']) {
    it(`is refused by the ${disk} disk, with the reason`, async (test) => {
      const { refused } = await liveOn(await bindfs(test), { disk })
      expect(refused).toMatchObject({
        code: 'FS-FORMAT-001',
        context: { reason: 'network_file_system', file_system: 'fuse' },
      })
    })

    it(`carries a store of the ${disk} disk for one process, when that is asked for`, async (test) => {
      const life = await liveOn(await bindfs(test), { disk, allowNetworkFileSystem: true })
      expectGoodLife(life, {
        fileSystem: 'fuse',
        network: true,
        publish: 'link',
        unnamedFiles: false,
        multiProcess: false,
      })
    })
  }
})

describe('squashfs', () => {
  it('shows a store as it was packed, and takes no writes', async (test) => {
    const top = await place(test)
    const [file, directory] = [join(top, 'image'), join(top, 'mounted')]
    expect((await liveOn(join(top, 'packed'), {})).problems).toEqual([])
    need(test, 'mksquashfs', join(top, 'packed'), file, '-quiet', '-no-progress')
    await mkdir(directory)
    need(test, 'mount', '-o', 'loop', file, directory)
    unmountAtEnd(directory)
    // Already its first save is refused.
    expect((await liveOn(directory, {})).refused?.code).toBe('FS-READONLY-001')
  })
})
