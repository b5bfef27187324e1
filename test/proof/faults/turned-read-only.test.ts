import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import { NEEDS_ROOT } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../support/temp.js'
import { inChild } from './child.js'
import { openStore } from './support.js'

const REFUSED = {
  ok: false,
  name: 'StorageError',
  code: 'FS-PERM-001',
  context: { error: 'EROFS' },
}

interface Mounted {
  readonly top: string
  /** Its name below /sys/fs/ext4. */
  readonly device: string
  /** Takes it from its place and mounts it again, as an administrator does who has had it checked. */
  readonly renew: () => void
}

function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`)
  return stdout.trim()
}

/** An ext4 of this test's own, which turns read-only when it meets an error. */
async function mountExt4({ skip }: TestContext): Promise<Mounted> {
  skip(!isRoot, NEEDS_ROOT)
  skip(spawnSync('mkfs.ext4', ['-V']).error !== undefined, 'needs mkfs.ext4')
  const place = await tempDirectory()
  const [image, top] = [join(place, 'image'), join(place, 'mounted')]
  await writeFile(image, '')
  run('truncate', '-s', '64M', image)
  run('mkfs.ext4', '-q', '-F', image)
  await mkdir(top)
  const mount = (): void => void run('mount', '-o', 'loop,errors=remount-ro', image, top)
  mount()
  onTestFinished(() => void spawnSync('umount', ['--lazy', top]))
  return {
    top,
    device: basename(run('findmnt', '-no', 'SOURCE', top)),
    renew: () => {
      run('umount', top)
      mount()
    },
  }
}

/** What a process of its own sees of a store whose file system turns read-only under it. */
async function sufferError(top: string, disk: 'native' | 'portable', trigger: string) {
  return await inChild(
    join(top, 'store'),
    async ({ open, version, outcome, fs, input }) => {
      // Nothing of what is read afterwards is in the memory of the store.
      const storage = await open({ disk: input.disk, useCache: false })
      for (const patch of [0, 1, 2]) await storage.saveVersion(version('p', `1.0.${patch}`))
      await storage.saveVersion(version('large', '1.0.0', 400_000))
      await storage.saveVersion(version('q', '1.0.0'))
      fs.writeFileSync(input.trigger, '1')
      const saves = [
        await outcome(storage.saveVersion(version('p', '1.0.3'))),
        await outcome(storage.saveVersion(version('large', '1.0.1', 400_000))),
      ]
      // It needs no new file, so its frame may be written before anything is refused: then its outcome is unknown.
      const removal = await outcome(storage.deleteVersion('q', '1.0.0'))
      const names = await storage.listVersionNames('p')
      const read = await storage.getVersion('p', '1.0.0')
      const large = await storage.getVersion('large', '1.0.0')
      const findings = (await storage.verify()).findings
      return {
        saves,
        removal,
        names,
        read: read?.version,
        large: JSON.stringify(large?.metadata).length,
        findings,
        closed: await outcome(storage.close()),
      }
    },
    { input: { disk, trigger } },
  )
}

describe.each(['native', 'portable'] as const)('a file system (%s disk)', (disk) => {
  it('that turns read-only under a store leaves it all reads, and all that it acknowledged', async (test) => {
    const { top, device, renew } = await mountExt4(test)
    const trigger = `/sys/fs/ext4/${device}/trigger_fs_error`
    test.skip(!existsSync(trigger), 'needs an ext4 that can be told to find an error')
    const seen = await sufferError(top, disk, trigger)
    for (const refused of [...seen.saves, seen.removal]) expect(refused).toMatchObject(REFUSED)
    for (const { context } of seen.saves) expect(context).not.toHaveProperty('outcome')
    expect(seen.names).toEqual(['1.0.0', '1.0.1', '1.0.2'])
    expect(seen).toMatchObject({ read: '1.0.0', findings: [], closed: REFUSED })
    expect(seen.large).toBeGreaterThan(400_000)

    renew()
    const again = await openStore(join(top, 'store'), { disk })
    expect(await again.listVersionNames('p')).toEqual(['1.0.0', '1.0.1', '1.0.2'])
    expect(await again.listVersionNames('large')).toEqual(['1.0.0'])
    const removed = (await again.getVersion('q', '1.0.0')) === undefined
    if (removed) expect(seen.removal.context).toMatchObject({ outcome: 'unknown' })
    expect((await again.verify()).findings).toEqual([])
    await again.saveVersion(sampleVersion('p', '1.0.3'))
    await again.close()
  })

  it('is not mounted read-only while a store is open on it', async (test) => {
    const { top } = await mountExt4(test)
    const seen = await inChild(
      join(top, 'store'),
      async ({ open, version, outcome, run: start, input }) => {
        const remount = (how: string) => start('mount', '-o', `remount,${how}`, input.top)
        const storage = await open({ disk: input.disk, useCache: false })
        await storage.saveVersion(version('p', '1.0.0'))
        const status = remount('ro')
        const save = await outcome(storage.saveVersion(version('p', '1.0.1')))
        const read = await storage.getVersion('p', '1.0.0')
        const closed = await outcome(storage.close())
        return { status, save, read: read?.version, closed }
      },
      { input: { disk, top } },
    )
    // The journal is open for writing, so the kernel says that the mount is busy, and nothing changes.
    expect(seen.status).toBe(32)
    expect(seen).toMatchObject({ save: { ok: true }, read: '1.0.0', closed: { ok: true } })
    const again = await openStore(join(top, 'store'), { disk })
    expect(await again.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
    await again.close()
  })
})
