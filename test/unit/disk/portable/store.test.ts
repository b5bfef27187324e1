import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Operations } from '../../../../src/disk/node-calls.js'
import {
  livingOwner as livingOwnerAt,
  portableSignPlace,
} from '../../../../src/disk/portable/owner.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { PortableRoot } from '../../../../src/disk/portable/root.js'
import { acquireStore, releaseStore, unownedStore } from '../../../../src/disk/portable/store.js'
import { tempDirectory } from '../../../support/temp.js'
import { openVolume, readable, text, VOLUME_OPTIONS } from '../support.js'

const rootOf = (directory: string): PortableRoot => new PortableRoot(directory, 0o600, 0o700)

const livingOwner = async (directory: string): ReturnType<typeof livingOwnerAt> =>
  await livingOwnerAt(await portableSignPlace(rootOf(directory)))

describe('the store that the volumes of one directory share', () => {
  it('lets several volumes of one thread share the store until the last is closed', async () => {
    const directory = await tempDirectory()
    const first = await openVolume(portableDisk, directory)
    const second = await openVolume(portableDisk, directory)
    await first.close()
    await second.write('file', text('x'), { replace: false, flush: false })
    expect(await livingOwner(directory)).toBeDefined()
    await second.close()
    expect(await livingOwner(directory)).toBeUndefined()
    const third = await openVolume(portableDisk, directory)
    expect(readable(await third.read('file'))).toBe('x')
  })

  it('survives opening and closing all at once', async () => {
    const directory = await tempDirectory()
    const rounds = Array.from({ length: 24 }, async (_, index) => {
      const volume = await portableDisk.openVolume(directory, VOLUME_OPTIONS)
      await volume.write(`f${index}`, text('x'), { replace: false, flush: false })
      await volume.close()
    })
    await Promise.all(rounds)
    expect(await livingOwner(directory)).toBeUndefined()
  })

  it('is one for all paths of the directory, and another once the last has left it', async () => {
    const directory = await tempDirectory()
    const operations = new Operations()
    const first = await acquireStore(rootOf(directory))
    const second = await acquireStore(rootOf(join(directory, '.')))
    expect(second).toBe(first)
    await releaseStore(first, operations)
    expect(await readdir(directory)).toContain('.owner')
    await releaseStore(second, operations)
    const third = await acquireStore(rootOf(directory))
    expect(third).not.toBe(first)
    await releaseStore(third, operations)
  })

  it('keeps its owner while an abandoned operation may still write, and the next one waits', async () => {
    const directory = await tempDirectory()
    const operations = new Operations()
    const store = await acquireStore(rootOf(directory))
    let finish = (): void => undefined
    const hanging = new Promise<void>((resolve) => (finish = resolve))
    const name = { syscall: 'write', path: 'file', phase: 'call' } as const
    await expect(operations.run(name, 1, async () => await hanging)).rejects.toThrow('ETIMEDOUT')
    await releaseStore(store, operations)
    const before = await readFile(join(directory, '.owner'), 'utf8')
    let isOpen = false
    const next = acquireStore(rootOf(directory)).finally(() => (isOpen = true))
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(isOpen).toBe(false)
    finish()
    await releaseStore(await next, new Operations())
    expect(before).toContain(`"pid":${process.pid}`)
    expect(await readdir(directory)).toEqual([])
  })

  it('leaves a directory that did not become a store as it was, and one with a mark alone', async () => {
    const directory = await tempDirectory()
    await releaseStore(await acquireStore(rootOf(directory)), new Operations())
    expect(await readdir(directory)).toEqual([])
    await mkdir(join(directory, '.tmp'))
    await releaseStore(await acquireStore(rootOf(directory)), new Operations())
    expect(await readdir(directory)).toEqual(['.tmp'])
  })

  it('has no owner where nothing is written', async () => {
    expect(await unownedStore().ownership).toBeUndefined()
  })
})
