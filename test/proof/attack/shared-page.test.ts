import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { platform } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DurableDirectory, isStorageError } from '../../../src/index.js'
import { mountExt4, mountXfs, NEEDS_ROOT, shutDown, unmount } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { startContainer, type Container } from './container.js'

const LIBRARY = new URL('../../../dist/index.js', import.meta.url).href

/** Commits numbered files for as long as it can, reading each back; then tells what it was told, and by which error. */
const WRITER = `
  import { DurableDirectory } from '${LIBRARY}'
  const [directory, name] = process.argv.slice(1)
  const store = await DurableDirectory.open(directory, { disk: 'native', segmentBytes: 65536 })
  process.stdout.write('open\\n')
  let acknowledged = 0
  let ending = false
  process.on('SIGTERM', () => (ending = true))
  try {
    while (!ending) {
      const path = name + '/' + acknowledged
      await store.commit([{ kind: 'create', path, bytes: Buffer.from(path) }])
      acknowledged++
      if (Buffer.from(await store.read(path)).toString() !== path) throw new Error('wrong answer')
    }
    process.stdout.write(JSON.stringify({ acknowledged, message: 'ended' }))
  } catch (error) {
    const { code, context } = error
    process.stdout.write(JSON.stringify({ acknowledged, code, reason: context?.reason, message: error.message }))
  }
  await store.close().catch(() => undefined)
`

/** A process of its own, without namespaces. */
const PLAIN = ['--fork', '--kill-child']

interface Told {
  readonly acknowledged: number
  readonly code?: string
  readonly message: string
}

describe.skipIf(platform === 'win32')('a shared page that is cut while the store is open', () => {
  it('ends no process, and loses nothing that was acknowledged', async () => {
    const directory = await tempDirectory()
    const names = ['a', 'b', 'c']
    const writers = names.map((name) => begin(directory, name))
    await Promise.all(writers.map(async ({ opened }) => await opened))
    await sleep(300)
    await truncate(join(directory, '.shared'), 0)
    const told = await Promise.all(writers.map(async ({ ended }) => await ended))
    for (const { code, message } of told) {
      expect(code, message).toMatch(/^FS-(IO|READONLY)-001$/)
      expect(message).toContain('.shared')
    }
    await expectAll(directory, names, told)
  })

  // As cp does, which cuts the file first, and as rsync --inplace or dd does.
  it.each(['w', 'r+', 'r+'])(
    'loses nothing when an older copy is written over it under load (%s)',
    async (flag) => {
      const directory = await tempDirectory()
      const page = join(directory, '.shared')
      const names = ['a', 'b', 'c']
      const writers = names.map((name) => begin(directory, name))
      await Promise.all(writers.map(async ({ opened }) => await opened))
      await sleep(200)
      const before = await readFile(page)
      await sleep(500)
      await writeFile(page, before, { flag })
      await sleep(1000)
      // A copy from the midst of a commit is treated as that of a dead writer, and the journal puts the page right.
      for (const { child } of writers) child.kill('SIGTERM')
      const told = await Promise.all(writers.map(async ({ ended }) => await ended))
      for (const { code, message } of told) {
        if (code === undefined) continue
        expect(code, message).toMatch(/^FS-(IO|READONLY)-001$/)
        expect(message).toContain('.shared')
      }
      await expectAll(directory, names, told)
    },
  )

  it('takes no commit at the end of a page from before, which is copied over it', async () => {
    const directory = await tempDirectory()
    const page = join(directory, '.shared')
    const store = await DurableDirectory.open(directory, { disk: 'native' })
    const create = async (path: string): Promise<void> =>
      await store.commit([{ kind: 'create', path, bytes: Buffer.from(path) }])
    await create('a')
    const before = await readFile(page)
    for (const path of ['b', 'c', 'd']) await create(path)
    await writeFile(page, before, { flag: 'r+' })
    await expect(create('e')).rejects.toMatchObject({ context: { reason: 'page_lost' } })
    await store.close().catch(() => undefined)
    // As after a loss of power: what the journal alone has kept.
    await Promise.all(['b', 'c', 'd'].map(async (path) => await rm(join(directory, path))))
    await using again = await DurableDirectory.open(directory, { disk: 'native' })
    for (const path of ['a', 'b', 'c', 'd'])
      expect(Buffer.from((await again.read(path)) ?? []).toString()).toBe(path)
    expect(await again.read('e')).toBeUndefined()
  })

  it('answers every later call with what has happened, and what to do', async () => {
    const directory = await tempDirectory()
    const store = await DurableDirectory.open(directory, { disk: 'native' })
    await store.commit([{ kind: 'create', path: 'kept', bytes: Buffer.from('kept') }])
    await copyFile('/dev/null', join(directory, '.shared'))
    const lost = { code: 'FS-IO-001', context: { reason: 'page_lost' } }
    await expect(store.read('kept')).rejects.toMatchObject(lost)
    const commit = store.commit([{ kind: 'create', path: 'next', bytes: Buffer.from('x') }])
    await expect(commit).rejects.toThrow(/close the store in all processes/)
    await store.close().catch(() => undefined)
    await using again = await DurableDirectory.open(directory, { disk: 'native' })
    expect(Buffer.from((await again.read('kept')) ?? []).toString()).toBe('kept')
    await again.commit([{ kind: 'create', path: 'next', bytes: Buffer.from('x') }])
  })
})

const REPLACED = /'\.shared' was removed or replaced while .* open it again/

describe.skipIf(platform === 'win32')('a shared page that gives its name to another file', () => {
  it.each(['now', 'before a segment was turned'])(
    'is told to the next opener and at the next commit of each process, with a copy from %s',
    async (time) => {
      const directory = await tempDirectory()
      const page = join(directory, '.shared')
      const writers = [
        await startContainer(directory, 'native', PLAIN),
        await startContainer(directory, 'native', PLAIN),
      ]
      const [first, second] = writers as [Container, Container]
      expect([await first.save('a'), await second.save('b')]).toEqual(['saved', 'saved'])
      await copyFile(page, `${page}.old`)
      const saved = ['a', 'b']
      if (time !== 'now') {
        for (let at = 0; at < 40; at++) {
          expect(await first.save(`more${at}`)).toBe('saved')
          saved.push(`more${at}`)
        }
      }
      await rename(`${page}.old`, page)
      await expect(DurableDirectory.open(directory, { disk: 'native' })).rejects.toThrow(REPLACED)
      for (const writer of writers)
        expect(await writer.save('late')).toMatch(/^FS-IO-001 .*\.shared/)
      for (const writer of writers) await writer.kill()
      await using again = await DurableDirectory.open(directory, { disk: 'native' })
      for (const path of saved)
        expect(Buffer.from((await again.read(path)) ?? []).toString()).toBe(path)
      expect(await again.read('late')).toBeUndefined()
      await again.commit([{ kind: 'create', path: 'next', bytes: Buffer.from('x') }])
    },
  )

  it('leaves the processes at work that have the removed one, whichever process tries to join them', async () => {
    const directory = await tempDirectory()
    await using store = await DurableDirectory.open(directory, { disk: 'native' })
    await rm(join(directory, '.shared'))
    for (const path of ['a', 'b']) {
      await expect(DurableDirectory.open(directory, { disk: 'native' })).rejects.toThrow(REPLACED)
      await store.commit([{ kind: 'create', path, bytes: Buffer.from(path) }])
    }
  })
})

describe.skipIf(platform !== 'linux')('a store that is closed', () => {
  it('has nothing mapped any more', async () => {
    const directory = await tempDirectory()
    const store = await DurableDirectory.open(directory, { disk: 'native' })
    const mapped = async (): Promise<boolean> =>
      (await readFile('/proc/self/maps', 'utf8')).includes(join(directory, '.shared'))
    expect(await mapped()).toBe(true)
    await store.close()
    expect(await mapped()).toBe(false)
    expect(store.lsn).toBeGreaterThanOrEqual(0)
  })

  it('lets its file system be unmounted', async (test) => {
    test.skip(!isRoot, NEEDS_ROOT)
    const mount = await mountExt4()
    const store = await DurableDirectory.open(join(mount, 'store'), { disk: 'native' })
    await store.commit([{ kind: 'create', path: 'file', bytes: Buffer.from('x') }])
    await store.read('file')
    expect(() => unmount(mount)).toThrow(/busy/)
    await store.close()
    unmount(mount)
    expect(store.lsn).toBeGreaterThan(0)
  })
})

describe.skipIf(platform !== 'linux')('an XFS that shuts down under a store', () => {
  it('ends no process, and answers each call with an error that has a code', async (test) => {
    test.skip(!isRoot, NEEDS_ROOT)
    test.skip(spawnSync('xfs_io', ['-V']).status !== 0, 'needs xfsprogs')
    const mount = await mountXfs()
    const directory = join(mount, 'store')
    const names = ['a', 'b']
    const writers = names.map((name) => begin(directory, name))
    await Promise.all(writers.map(async ({ opened }) => await opened))
    const store = await DurableDirectory.open(directory, { disk: 'native' })
    await store.commit([{ kind: 'create', path: 'file', bytes: Buffer.from('x') }])
    const reader = await store.openFile('file')
    await sleep(200)
    shutDown(mount)
    for (const { code, acknowledged, message } of await Promise.all(
      writers.map(async ({ ended }) => await ended),
    )) {
      expect(code, message).toMatch(/^FS-[A-Z]+-\d{3}$/)
      expect(acknowledged).toBeGreaterThan(0)
    }
    const calls = [
      async () => await store.read('a/0'),
      async () => await store.read('never'),
      async () => await store.openFile('file'),
      async () => await store.commit([{ kind: 'create', path: 'b', bytes: Buffer.from('x') }]),
      async () => await store.commit([{ kind: 'remove', path: 'file' }]),
      async () => await store.checkpoint(),
      async () => await store.stage([Buffer.from('x')]),
      async () => await DurableDirectory.open(directory, { disk: 'native' }),
    ]
    // Once as it goes down, and again when all know.
    for (const call of [...calls, ...calls]) {
      const outcome = await call().then(
        () => 'an answer',
        (error: unknown) => (isStorageError(error) ? error.code : error),
      )
      expect(outcome).toMatch(/^FS-[A-Z]+-\d{3}$/)
    }
    await reader?.close()
    await store.close().catch((error: unknown) => {
      expect(isStorageError(error), String(error)).toBe(true)
    })
  })
})

function begin(
  directory: string,
  name: string,
): {
  readonly child: ChildProcess
  readonly opened: Promise<unknown>
  readonly ended: Promise<Told>
} {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', WRITER, directory, name],
    {
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  // One that notices nothing would work on forever.
  onTestFinished(() => void child.kill('SIGKILL'))
  const opened = once(child.stdout, 'data')
  return { child, opened, ended: answerOf(child) }
}

async function answerOf(child: ChildProcess): Promise<Told> {
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  expect({ code, signal }).toEqual({ code: 0, signal: null })
  return JSON.parse(text.slice('open\n'.length)) as Told
}

async function expectAll(
  directory: string,
  names: readonly string[],
  told: readonly Told[],
): Promise<void> {
  await using store = await DurableDirectory.open(directory, { disk: 'native' })
  for (const [at, name] of names.entries()) {
    const { acknowledged } = told[at] as Told
    expect(acknowledged).toBeGreaterThan(0)
    for (let each = 0; each < acknowledged; each++)
      expect(Buffer.from((await store.read(`${name}/${each}`)) ?? []).toString()).toBe(
        `${name}/${each}`,
      )
  }
}
