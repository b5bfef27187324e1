import { spawn } from 'node:child_process'
import { constants, existsSync } from 'node:fs'
import { open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { chooseDisk, type DiskChoice } from '../../../src/disk/choose-disk.js'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { killAndWait } from '../native/support.js'
import { tempDirectory } from '../../support/temp.js'
import { IMPOSSIBLE } from './impossible-names.js'
import { failure, openVolume, readable, text } from './support.js'

const NEW = { replace: false, flush: true }
const OVER = { replace: true, flush: true }
const MODULE = new URL('../../../dist/disk/choose-disk.js', import.meta.url).href
/** libuv's UV_FS_O_EXLOCK, which Node has no name for: shared with no other process. */
const ALONE = 0x10000000
const A_WHILE_MS = 300

/** As a virus scanner does it, or any program that shares nothing. */
async function holdAlone(path: string, ms?: number): Promise<void> {
  const handle = await open(path, constants.O_RDWR | ALONE)
  if (ms === undefined) onTestFinished(async () => await handle.close())
  else setTimeout(() => void handle.close(), ms)
}

async function openForAWhile(path: string): Promise<void> {
  const handle = await open(path, 'r')
  setTimeout(() => void handle.close(), A_WHILE_MS)
}

const DISKS: readonly DiskChoice[] = ['native', 'portable']

describe.runIf(process.platform === 'win32')('on Windows', () => {
  describe.each(DISKS)('the %s disk', (kind) => {
    it('replaces what is there, and what is not, and neither when it is not to', async () => {
      const directory = await tempDirectory()
      const volume = await openVolume(chooseDisk(kind), directory)
      await volume.write('d/file', text('one'), OVER)
      await volume.write('d/file', text('two'), OVER)
      expect((await failure(volume.write('d/file', text('three'), NEW))).code).toBe('EEXIST')
      expect(await readFile(join(directory, 'd/file'), 'utf8')).toBe('two')
    })

    it('works beneath paths of over 260 characters', async () => {
      const volume = await openVolume(chooseDisk(kind), await tempDirectory())
      const path = [...Array.from({ length: 5 }, () => 'x'.repeat(100)), 'file'].join('/')
      await volume.write(path, text('far'), NEW)
      await volume.write(path, text('away'), OVER)
      expect(readable(await volume.read(path))).toBe('away')
      expect((await volume.list(path.slice(0, -5)))?.map(({ name }) => name)).toEqual(['file'])
      await volume.remove(path)
      expect(await volume.stat(path)).toBeUndefined()
    })

    it.each(IMPOSSIBLE)('refuses the name %j, which would be another', async (name) => {
      const parent = await tempDirectory()
      const volume = await openVolume(chooseDisk(kind), join(parent, 'volume'))
      for (const path of [name, `d/${name}`, `${name}/f`]) {
        expect((await failure(volume.write(path, text('x'), OVER))).code).toBe('EINVAL')
        expect((await failure(volume.read(path))).code).toBe('EINVAL')
        expect((await failure(volume.stat(path))).code).toBe('EINVAL')
        expect((await failure(volume.remove(path))).code).toBe('EINVAL')
        expect((await failure(volume.makeDirectory(path))).code).toBe('EINVAL')
      }
      expect(await readdir(join(parent, 'volume'))).not.toContain(name)
    })

    it('commits to a file that another program has open alone, once it lets go', async () => {
      const path = await tempDirectory()
      await using directory = await DurableDirectory.open(path, { disk: kind })
      await directory.commit([{ kind: 'create', path: 'file', bytes: text('old') }])
      await holdAlone(join(path, 'file'), A_WHILE_MS)
      await directory.commit([{ kind: 'replace', path: 'file', bytes: text('new') }])
      expect(await readFile(join(path, 'file'), 'utf8')).toBe('new')
    })

    it('replaces a file that others read', async () => {
      const path = await tempDirectory()
      await using directory = await DurableDirectory.open(path, { disk: kind })
      await directory.commit([{ kind: 'create', path: 'file', bytes: text('1') }])
      await openForAWhile(join(path, 'file'))
      // By its name at once, or once no process has it open any more.
      await directory.commit([{ kind: 'replace', path: 'file', bytes: text('2') }])
      expect(await readFile(join(path, 'file'), 'utf8')).toBe('2')
    })

    it('removes a file that others read, and its name is free', async () => {
      const path = await tempDirectory()
      await using directory = await DurableDirectory.open(path, { disk: kind })
      await directory.commit([{ kind: 'create', path: 'd/file', bytes: text('1') }])
      await openForAWhile(join(path, 'd/file'))
      await directory.commit([{ kind: 'remove', path: 'd/file' }])
      expect(await directory.read('d/file')).toBeUndefined()
      await directory.commit([{ kind: 'create', path: 'd/file', bytes: text('2') }])
      expect(await readFile(join(path, 'd/file'), 'utf8')).toBe('2')
    })

    it('leaves no directory that has become empty', async () => {
      const path = await tempDirectory()
      await using directory = await DurableDirectory.open(path, { disk: kind })
      await directory.commit([{ kind: 'create', path: 'd/e/file', bytes: text('1') }])
      await directory.commit([{ kind: 'remove', path: 'd/e/file' }])
      expect(await readdir(path)).not.toContain('d')
    })

    it('lets everything of a store be removed as soon as it is closed', async () => {
      const path = await tempDirectory()
      const directory = await DurableDirectory.open(path, { disk: kind })
      await directory.commit([{ kind: 'create', path: 'file', bytes: text('1') }])
      await directory.close()
      await rm(path, { recursive: true })
    })

    it('keeps ids and keys apart that are one name here', async () => {
      const ids = [
        'Prompt',
        'prompt',
        'PROMPT',
        'con',
        'CON.txt',
        'a',
        'a.',
        'a ',
        'a:b',
        'PROMPT~1',
      ]
      const files = await FileStorage.open({
        local_storage_path: await tempDirectory(),
        disk: kind,
      })
      for (const id of ids) await files.store(id, id)
      expect((await files.listKeys()).toSorted()).toEqual(ids.toSorted())
      for (const id of ids) expect(await files.retrieve(id)).toBe(id)
      await files.close()
      await using storage = await FileSystemStorage.open({
        storageDir: await tempDirectory(),
        disk: kind,
      })
      for (const id of ids) await storage.saveVersion(sampleVersion(id, '1.0.0'))
      expect((await storage.listPromptIds()).toSorted()).toEqual(ids.toSorted())
    })
  })

  it('refuses a path that is another one with a TypeError of its own', async () => {
    await using directory = await DurableDirectory.open(await tempDirectory())
    const commit = directory.commit([{ kind: 'create', path: 'notes:2', bytes: text('x') }])
    await expect(commit).rejects.toThrow(/no part that Windows takes for a device, a stream/)
  })

  it('gives up on a file that another program keeps open alone, and says so by a code', async () => {
    const path = await tempDirectory()
    const volume = await openVolume(chooseDisk('native'), path)
    await volume.write('file', text('old'), NEW)
    await holdAlone(join(path, 'file'))
    const begin = performance.now()
    expect((await failure(volume.read('file'))).code).toBe('EBUSY')
    expect(performance.now() - begin).toBeGreaterThan(1900)
    const refused = await failure(volume.write('file', text('new'), OVER))
    expect(['EBUSY', 'EACCES']).toContain(refused.code)
    expect(await volume.list('.tmp').catch(() => [])).toEqual([])
  })

  it('locks by LockFileEx: between two handles, and two processes, until one is ended', async () => {
    const path = await tempDirectory()
    const volume = await openVolume(chooseDisk('native'), path)
    const lock = await volume.lock('.lock', 'exclusive', { timeoutMs: 0 })
    const late = await failure(volume.lock('.lock', 'shared', { timeoutMs: 50 }))
    expect(late.code).toBe('ELOCKTIMEOUT')
    await lock.release()

    const script = `
      const { chooseDisk } = await import(${JSON.stringify(MODULE)})
      const { writeFileSync } = await import('node:fs')
      const options = { ioTimeoutMs: 30000, fileMode: 0o600, directoryMode: 0o700, create: true }
      const volume = await chooseDisk('native').openVolume(${JSON.stringify(path)}, options)
      globalThis.lock = await volume.lock('.lock', 'exclusive', { timeoutMs: 0 })
      writeFileSync(${JSON.stringify(join(path, 'ready'))}, '')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: 'ignore',
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    while (!existsSync(join(path, 'ready'))) {
      expect(child.exitCode).toBe(null)
      await new Promise((resolve) => void setTimeout(resolve, 50))
    }
    expect((await failure(volume.lock('.lock', 'shared', { timeoutMs: 50 }))).code).toBe(
      'ELOCKTIMEOUT',
    )
    const had = volume.lock('.lock', 'exclusive', { timeoutMs: 30_000 })
    await killAndWait(child)
    await (await had).release()
  })
})
