import { spawnSync } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { NEEDS_ROOT } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { inChild } from './child.js'
import { failure, leftovers, openStore, saveUntilRefused } from './support.js'

const KIB = 1024
const run = (command: string, args: readonly string[]) =>
  spawnSync(command, args, { encoding: 'utf8' })

describe('a limit on the size of files', () => {
  it('(EFBIG) refuses the document that passes it, and takes smaller ones', async () => {
    const storageDir = await tempDirectory()
    const seen = await inChild(
      storageDir,
      async ({ open, version, outcome }) => {
        const storage = await open({ segmentBytes: 65536, journalBytes: 65536 })
        await storage.saveVersion(version('p', '1.0.0'))
        const refused = await outcome(storage.saveVersion(version('p', '1.0.1', 400_000)))
        const saved = await outcome(storage.saveVersion(version('p', '1.0.2')))
        return { refused, saved, closed: await outcome(storage.close()) }
      },
      { fileBytes: 200 * KIB },
    )
    expect(seen).toMatchObject({
      refused: { code: 'FS-IO-001', context: { error: 'EFBIG' } },
      saved: { ok: true },
      closed: { ok: true },
    })
    const storage = await openStore(storageDir)
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.2'])
    expect((await storage.verify()).findings).toEqual([])
    expect(await leftovers(storageDir)).toEqual([])
  })
})

describe('a directory that no user may change (chattr +i)', () => {
  it('refuses what concerns it with FS-PERM-001, and works again without the flag', async ({
    skip,
  }) => {
    skip(!isRoot, NEEDS_ROOT)
    const storage = await openStore(await tempDirectory())
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const directory = join(storage.storageDir, 'p')
    skip(run('chattr', ['+i', directory]).status !== 0, 'needs a file system with chattr +i')
    onTestFinished(() => void run('chattr', ['-i', directory]))
    const saved = await failure(storage.saveVersion(sampleVersion('p', '1.0.1')))
    expect(saved).toMatchObject({ code: 'FS-PERM-001', context: { error: 'EPERM' } })
    expect((await failure(storage.deleteVersion('p', '1.0.0'))).code).toBe('FS-PERM-001')
    await storage.saveVersion(sampleVersion('q', '1.0.0'))
    expect(await storage.indexSnapshot()).toEqual({ p: ['1.0.0'], q: ['1.0.0'] })
    run('chattr', ['-i', directory])
    await storage.saveVersion(sampleVersion('p', '1.0.1'))
    expect(await storage.deleteVersion('p', '1.0.0')).toBe(true)
  })
})

/** A file system of its own in a file. */
async function mounted(
  { skip }: TestContext,
  { type, megabytes, options }: { type: string; megabytes: number; options: string },
): Promise<string> {
  skip(!isRoot, NEEDS_ROOT)
  const place = await tempDirectory()
  const [image, directory] = [join(place, 'image'), join(place, 'mounted')]
  await writeFile(image, '')
  run('truncate', ['-s', `${megabytes}M`, image])
  const flag = type === 'xfs' ? '-f' : '-F'
  skip(run(`mkfs.${type}`, ['-q', flag, image]).status !== 0, `needs mkfs.${type}`)
  await mkdir(directory)
  const { status, stderr } = run('mount', ['-o', options, image, directory])
  skip(status !== 0, `cannot mount ${type} with ${options}: ${stderr.trim()}`)
  onTestFinished(() => void run('umount', ['--lazy', directory]))
  return directory
}

async function expectRefusalAndRecovery(storageDir: string, error: string): Promise<void> {
  await chmod(storageDir, 0o700)
  const storage = await openStore(storageDir, { segmentBytes: 64 * KIB, journalBytes: 128 * KIB })
  const { saved, refusal } = await saveUntilRefused(storage, 'p', 200 * KIB)
  expect(saved.length).toBeGreaterThan(5)
  expect(refusal).toMatchObject({ code: 'FS-IO-001', context: { error } })
  for (const version of saved)
    expect(await storage.getVersion('p', version.version)).toEqual(version)
  for (const { version } of saved.slice(0, 4))
    expect(await storage.deleteVersion('p', version)).toBe(true)
  await storage.close()
  const again = await openStore(storageDir)
  await again.saveVersion(sampleVersion('p', '2.0.0'))
  expect(await again.listVersionNames('p')).toHaveLength(saved.length - 4 + 1)
  expect((await again.verify()).findings).toEqual([])
  await again.close()
}

describe('a small ext4 that is full', () => {
  it('refuses with everything old intact, and takes saves again when there is space', async (test) => {
    const top = await mounted(test, { type: 'ext4', megabytes: 16, options: 'loop' })
    const storageDir = join(top, 'store')
    await mkdir(storageDir)
    await expectRefusalAndRecovery(storageDir, 'ENOSPC')
  })
})

describe('a quota that is used up', () => {
  it('(xfs, of a project) refuses as a full disk does, and takes saves again below it', async (test) => {
    const top = await mounted(test, { type: 'xfs', megabytes: 320, options: 'loop,prjquota' })
    const storageDir = join(top, 'store')
    await mkdir(storageDir)
    const commands = [`project -s -p ${storageDir} 7`, 'limit -p bhard=8m 7']
    const limited = commands.every((each) => run('xfs_quota', ['-x', '-c', each, top]).status === 0)
    test.skip(!limited, 'needs xfs_quota')
    // A project's quota is told as a full disk: it is one, for all below this directory.
    await expectRefusalAndRecovery(storageDir, 'ENOSPC')
  })
})
