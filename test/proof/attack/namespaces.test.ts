import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { holdfast } from '../../unit/cli/holdfast.js'
import { tempDirectory } from '../../support/temp.js'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { hasNamespaces, startContainer, type DiskKind } from './container.js'

const REFUSED: readonly (readonly [DiskKind, DiskKind])[] = [
  ['portable', 'portable'],
  ['portable', 'native'],
  ['native', 'portable'],
]

/** Needs root and unshare(1). */
const inNamespaces = describe.skipIf(!hasNamespaces)

async function contentsOf(directory: string, paths: readonly string[]): Promise<unknown> {
  const store = await DurableDirectory.open(directory)
  try {
    const found = await Promise.all(paths.map(async (path) => await store.read(path)))
    return found.map((bytes) => bytes && Buffer.from(bytes).toString())
  } finally {
    await store.close()
  }
}

inNamespaces('a store that one container has open', () => {
  it.each(REFUSED)('on the %s disk is refused to the %s disk of another', async (first, second) => {
    const directory = await tempDirectory()
    const holder = await startContainer(directory, first)
    expect(holder.opened).toBe('open')
    expect(await holder.save('a')).toBe('saved')
    const refused = await startContainer(directory, second)
    expect(refused.opened).toMatch(/^FS-LOCK-001 .* has the store open/)
    expect(await holder.save('b')).toBe('saved')
    await holder.kill()

    const successor = await startContainer(directory, second)
    expect(successor.opened).toBe('open')
    expect(await successor.save('c')).toBe('saved')
    await successor.kill()
    expect(await contentsOf(directory, ['a', 'b', 'c'])).toEqual(['a', 'b', 'c'])
  })

  it('on the native disk is shared with the native disk of another', async () => {
    const directory = await tempDirectory()
    const first = await startContainer(directory, 'native')
    const second = await startContainer(directory, 'native')
    expect([first.opened, second.opened]).toEqual(['open', 'open'])
    expect(await first.save('a')).toBe('saved')
    expect(await second.save('a')).toMatch(/^FS-CONFLICT-001 /)
    expect(await second.save('b')).toBe('saved')
    await first.kill()
    expect(await second.save('c')).toBe('saved')
    await second.kill()
    expect(await contentsOf(directory, ['a', 'b', 'c'])).toEqual(['a', 'b', 'c'])
  })
})

inNamespaces('a container that is killed and started again', () => {
  it.each([
    ['portable', 20],
    ['native', 4],
  ] as const)('opens its store by itself (%s disk, %i times)', async (disk, lives) => {
    const directory = await tempDirectory()
    const saved: string[] = []
    for (let life = 0; life < lives; life++) {
      const container = await startContainer(directory, disk)
      expect(container.opened).toBe('open')
      saved.push(`life${life}`)
      expect(await container.save(`life${life}`)).toBe('saved')
      await container.kill()
    }
    // Signs of the dead do not gather.
    expect((await readdir(join(directory, '.alive'))).length).toBeLessThan(3)
    expect(await contentsOf(directory, saved)).toEqual(saved)
  })
})

inNamespaces('an owner that cannot be judged', () => {
  it.each(['portable', 'native'] as const)(
    'keeps the %s disk out until the store is taken over by hand',
    async (disk) => {
      const directory = await tempDirectory()
      const holder = await startContainer(directory, 'portable')
      expect(await holder.save('a')).toBe('saved')
      await rm(join(directory, '.alive'), { recursive: true })
      await holder.kill()

      const refused = await startContainer(directory, disk)
      expect(refused.opened).toMatch(/^FS-LOCK-001 .*cannot tell whether it still runs/)
      expect(refused.opened).toContain(`holdfast doctor --take-over --dir ${directory}`)
      const doctor = ['doctor', '--take-over', '--dir', directory]
      expect((await holdfast(doctor)).stderr).toContain('pass --yes')
      const taken = await holdfast([...doctor, '--yes'])
      expect(taken).toMatchObject({ code: 0 })
      expect(taken.stdout + taken.stderr).toContain('Taken over from process 1 (.owner)')
      const successor = await startContainer(directory, disk)
      expect(successor.opened).toBe('open')
      expect(await successor.save('b')).toBe('saved')
    },
  )

  it('is not taken over by hand while it answers', async () => {
    const directory = await tempDirectory()
    const holder = await startContainer(directory, 'portable')
    const refused = await holdfast(['doctor', '--take-over', '--yes', '--dir', directory])
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain('FS-LOCK-001')
    expect(await holder.save('a')).toBe('saved')
  })
})

const HIDE_PROC = 'mount -t tmpfs none /proc && exec "$0" "$@"'

inNamespaces('a sign of life', () => {
  it('is left and found where the path is longer than a socket may have', async () => {
    const directory = join(await tempDirectory(), 'long'.repeat(30), 'store')
    const holder = await startContainer(directory, 'portable')
    expect(holder.opened).toBe('open')
    expect(await readdir(join(directory, '.alive'))).toHaveLength(1)
    expect((await startContainer(directory, 'native')).opened).toMatch(/^FS-LOCK-001 /)
    await holder.kill()
    expect((await startContainer(directory, 'native')).opened).toBe('open')
    expect((await startContainer(directory, 'portable')).opened).toMatch(/^FS-LOCK-001 /)
  })

  it('shows where there is no /proc to look into', async () => {
    const directory = await tempDirectory()
    const hidden = ['--mount', 'sh', '-c', HIDE_PROC]
    const holder = await startContainer(directory, 'native')
    expect((await startContainer(directory, 'portable', hidden)).opened).toMatch(/^FS-LOCK-001 /)
    await holder.kill()
    const successor = await startContainer(directory, 'portable', hidden)
    expect(successor.opened).toBe('open')
    expect((await startContainer(directory, 'portable')).opened).toMatch(/^FS-LOCK-001 /)
  })

  it('is a record, which only its own container can judge, where no socket can be made', async () => {
    const directory = join(await tempDirectory(), 'long'.repeat(30), 'store')
    const noSockets = ['--mount', 'env', 'TMPDIR=/nowhere', 'sh', '-c', HIDE_PROC]
    const holder = await startContainer(directory, 'native', noSockets)
    expect(holder.opened).toBe('open')
    expect(await holder.save('a')).toBe('saved')
    const [sign] = await readdir(join(directory, '.alive'), { withFileTypes: true })
    expect(sign?.isFile()).toBe(true)
    const refused = await startContainer(directory, 'portable')
    expect(refused.opened).toMatch(/^FS-LOCK-001 .*cannot tell whether it still runs/)
    await holder.kill()
    const taken = await holdfast(['doctor', '--take-over', '--yes', '--dir', directory])
    expect(taken.stdout + taken.stderr).toContain('Taken over from process')
    expect((await startContainer(directory, 'portable')).opened).toBe('open')
  })
})
