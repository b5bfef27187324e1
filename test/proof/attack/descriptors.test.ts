import { spawnSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execPath, platform } from 'node:process'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../support/temp.js'

const LIBRARY = new URL('../../../dist/index.js', import.meta.url).href
/** What stores see of a directory: it reads many files at once. */
const STORE = new URL('../../../dist/engine/store.js', import.meta.url).href
const SAMPLES = new URL('../../../dist/versions/conformance/subject.js', import.meta.url).href

const WRITER = `
  import { DurableDirectory } from '${LIBRARY}'
  const [directory, disk] = process.argv.slice(1)
  const store = await DurableDirectory.open(directory, { disk })
  const paths = Array.from({ length: 4096 }, (_, at) => (at % 100) + '/' + at)
  await store.commit(paths.map((path) => ({ kind: 'create', path, bytes: Buffer.from(path) })))
  for (const path of paths)
    if (Buffer.from(await store.read(path)).toString() !== path) throw new Error(path)
  const replace = paths.map((path) => ({ kind: 'replace', path, bytes: Buffer.from('new') }))
  await store.commit(replace)
  if (Buffer.from(await store.read(paths[4095])).toString() !== 'new') throw new Error('old')
  await store.close()
  console.log('done')
`

/** As many new prompts as one transaction takes, each in a directory of its own. */
const SAVER = `
  import { FileSystemStorage } from '${LIBRARY}'
  import { sampleVersion } from '${SAMPLES}'
  const [directory, disk] = process.argv.slice(1)
  const storage = await FileSystemStorage.open({ storageDir: directory, disk })
  const versions = Array.from({ length: 4096 }, (_, at) => sampleVersion('p' + at, '1.0.0'))
  await storage.saveVersions(versions)
  for (const { prompt_id } of versions)
    if ((await storage.getVersion(prompt_id, '1.0.0')) === undefined) throw new Error(prompt_id)
  await storage.close()
  console.log('done')
`

/** Opens what was left, which recovers it, and reads every file. */
const READER = `
  import { DurableDirectory } from '${LIBRARY}'
  const [directory, disk] = process.argv.slice(1)
  const store = await DurableDirectory.open(directory, { disk })
  const paths = Array.from({ length: 4096 }, (_, at) => at + '/file')
  const read = await Promise.all(paths.map((path) => store.read(path)))
  paths.forEach((path, at) => {
    if (Buffer.from(read[at] ?? []).toString() !== path) throw new Error(path)
  })
  await store.commit(paths.map((path) => ({ kind: 'remove', path })))
  await store.close()
  console.log('done')
`

const KILLED = `
  import { DurableDirectory } from '${LIBRARY}'
  const [directory, disk] = process.argv.slice(1)
  const store = await DurableDirectory.open(directory, { disk })
  const paths = Array.from({ length: 4096 }, (_, at) => at + '/file')
  await store.commit(paths.map((path) => ({ kind: 'create', path, bytes: Buffer.from(path) })))
  console.log('done')
  process.kill(process.pid, 'SIGKILL')
`

/** What a program does that has used up its descriptors: `takeAllBut` leaves `free`, `giveBack` closes its own. */
const SHORT = `
  import { closeSync, openSync } from 'node:fs'
  import { Store } from '${STORE}'
  const [directory, disk] = process.argv.slice(1)
  const store = await Store.open(directory, { disk })
  const paths = Array.from({ length: 200 }, (_, at) => (at % 7) + '/' + at)
  await store.commit(paths.map((path) => ({ kind: 'create', path, bytes: Buffer.from(path) })))
  const held = []
  const takeAllBut = (free) => {
    try {
      for (;;) held.push(openSync('/dev/null'))
    } catch (error) {
      if (error.code !== 'EMFILE') throw error
    }
    for (const descriptor of held.splice(0, free)) closeSync(descriptor)
  }
  const giveBack = () => held.splice(0).forEach((descriptor) => closeSync(descriptor))
  const right = async (path) => {
    if (Buffer.from((await store.read(path)) ?? []).toString() !== path) throw new Error(path)
  }
`

/** Three descriptors for all that is asked for at once. */
const CROWD = `${SHORT}
  takeAllBut(3)
  await Promise.all(paths.map(right))
  const many = await store.readManyCommitted(paths, 100)
  paths.forEach((path, at) => {
    if (Buffer.from(many[at] ?? []).toString() !== path) throw new Error(path)
  })
  const stream = async (path) => {
    const file = await store.openFile(path)
    await new Promise((resolve) => setTimeout(resolve, 5))
    const bytes = await file.read(0, 100)
    await file.close()
    if (Buffer.from(bytes).toString() !== path) throw new Error(path)
  }
  await Promise.all([...paths.slice(0, 40).map(stream), ...paths.map(right)])
  const commits = ['x', 'y'].map((path) => store.commit([{ kind: 'create', path, bytes: Buffer.from(path) }]))
  await Promise.all([...paths.map(right), ...commits])
  giveBack()
  // One transaction of more directories than there are descriptors.
  takeAllBut(20)
  await store.commit(paths.map((path, at) => ({ kind: 'create', path: 'new' + at + '/file', bytes: Buffer.from(path) })))
  giveBack()
  await store.close()
  console.log('done')
`

/** None left, and none of them the store's: no waiting helps. Later there are. */
const STARVED = `${SHORT}
  takeAllBut(0)
  const bytes = Buffer.from('x')
  const calls = {
    read: () => store.read(paths[0]),
    openFile: async () => await (await store.openFile(paths[0])).close(),
    stage: async () => await store.discard(await store.stage([bytes])),
    commit: () => store.commit([{ kind: 'create', path: 'new/file', bytes }]),
  }
  const told = {}
  for (const [name, call] of Object.entries(calls))
    told[name] = await call().then(() => 'done', ({ code, message, context }) => ({ code, message, reason: context.reason, limit: context.limit }))
  giveBack()
  for (const call of Object.values(calls)) await call()
  await store.close()
  console.log(JSON.stringify(told))
`

describe.skipIf(platform === 'win32').each(['native', 'portable'])('%s disk', (disk) => {
  it('commits 4,096 files of 100 directories with 256 descriptors', async () => {
    expect(run(WRITER, 256, await tempDirectory(), disk)).toEqual({ errors: '', said: 'done\n' })
  })

  it('reads, streams and commits with three descriptors what is asked for at once', async () => {
    expect(run(CROWD, 128, await tempDirectory(), disk)).toEqual({ errors: '', said: 'done\n' })
  })

  it('names the limit and the remedy when others have all descriptors, and works on once they have not', async () => {
    const { errors, said } = run(STARVED, 128, await tempDirectory(), disk)
    expect(errors).toBe('')
    const told = JSON.parse(said) as Record<string, unknown>
    expect(Object.keys(told)).toEqual(['read', 'openFile', 'stage', 'commit'])
    for (const failure of Object.values(told)) {
      expect(failure).toMatchObject({ code: 'FS-IO-001', reason: 'descriptors', limit: 128 })
      expect(failure).toMatchObject({ message: expect.stringContaining('(ulimit -n)') as string })
    }
  })

  it.each([1024])('saves 4,096 new prompts at once with %i', async (limit) => {
    expect(run(SAVER, limit, await tempDirectory(), disk)).toEqual({ errors: '', said: 'done\n' })
  })

  it.each([256])('commits, redoes and removes 4,096 directories with %i', async (limit) => {
    const directory = await tempDirectory()
    expect(run(KILLED, limit, directory, disk)).toEqual({ errors: '', said: 'done\n' })
    // As after a loss of power: what the journal alone has kept, and a directory that is gone.
    for (const at of [0, 1000, 4095]) await rm(join(directory, String(at)), { recursive: true })
    expect(run(READER, limit, directory, disk)).toEqual({ errors: '', said: 'done\n' })
  })
})

function run(
  program: string,
  limit: number,
  directory: string,
  disk: string,
): { readonly errors: string; readonly said: string } {
  const command = `ulimit -n ${limit}; exec "${execPath}" --input-type=module --eval "$0" "$1" "$2"`
  const child = spawnSync('bash', ['-c', command, program, directory, disk])
  return { errors: child.stderr.toString(), said: child.stdout.toString() }
}
