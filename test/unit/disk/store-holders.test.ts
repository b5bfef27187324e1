import { describe, expect, it, onTestFinished } from 'vitest'
import { once } from 'node:events'
import { spawn, type ChildProcess } from 'node:child_process'
import { listKernelLocks, listStoreHolders } from '../../../src/disk/store-holders.js'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { tempDirectory } from '../../support/temp.js'

const INDEX = new URL('../../../dist/index.js', import.meta.url).href

/** Another process that has the directory open. */
async function holderOf(directory: string, disk: 'native' | 'portable'): Promise<ChildProcess> {
  const script = `const { DurableDirectory } = await import(${JSON.stringify(INDEX)})
    await DurableDirectory.open(${JSON.stringify(directory)}, { disk: '${disk}' })
    console.log('open')
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  if (child.stdout === null) throw new Error('The output is not piped')
  await once(child.stdout, 'data')
  return child
}

describe('the holders of a store', () => {
  it('are none when no process has it open', async () => {
    const directory = await tempDirectory()
    const store = await DurableDirectory.open(directory)
    await store.close()
    expect(await listStoreHolders(directory)).toEqual([])
    await expect(listStoreHolders(`${directory}/missing`)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.each(['native', 'portable'] as const)(
    'are told with their disk and since when, until they are killed: %s',
    async (disk) => {
      const directory = await tempDirectory()
      const before = Date.now()
      const child = await holderOf(directory, disk)
      const [holder, ...others] = await listStoreHolders(directory)
      expect(others).toEqual([])
      expect(holder).toMatchObject({ pid: child.pid, disk, life: 'alive' })
      if (process.platform !== 'win32') {
        // The clock of a file system may be a tick behind.
        const since = Date.parse(holder?.since ?? '')
        expect(since).toBeGreaterThan(before - 1000)
        expect(since).toBeLessThanOrEqual(Date.now() + 1000)
      }
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect(await listStoreHolders(directory)).toEqual([])
    },
  )

  it.skipIf(process.platform !== 'linux')('hold kernel locks, which Linux lists', async () => {
    const directory = await tempDirectory()
    await using store = await DurableDirectory.open(directory, { disk: 'native' })
    expect(store.health().disk).toBe('native')
    const locks = await listKernelLocks(directory)
    expect(locks).toContainEqual({ path: '.presence', pid: expect.any(Number), mode: 'shared' })
    await store.close()
    expect(await listKernelLocks(directory)).toEqual([])
  })
})
