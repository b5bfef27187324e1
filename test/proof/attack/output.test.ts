import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InMemoryStorage, FileSystemStorage } from '../../../src/index.js'
import { FileStorage } from '../../../src/files/index.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { BIN, holdfast } from '../../unit/cli/holdfast.js'
import { tempDirectory } from '../../support/temp.js'

/** Clears the screen by a C1 control, turns the direction, hides text in tags and without width. */
const HOSTILE = 'a\u009b2J\u202eb\u200bc\u00add\u{e0041}e\u061cf'
const STEERING = /[\u0080-\u009f\u202a-\u202e\u2066-\u2069]/u
const INVISIBLE = /[\p{Cf}\u0080-\u009f]/u

/** What a terminal gets from the command. */
function onTerminal(args: readonly string[]): string {
  const command = [process.execPath, BIN, ...args].map((part) => `'${part}'`).join(' ')
  const { stdout, error } = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: '/', TERM: 'dumb' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (error !== undefined) throw error
  return stdout
}

async function failure(work: Promise<unknown>): Promise<Error> {
  return await work.then(
    () => new Error('It has not failed'),
    (error: unknown) => error as Error,
  )
}

async function hostileStore(): Promise<string> {
  const storageDir = await tempDirectory()
  await using storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
  const plain = sampleVersion('p', '1.0.0')
  const text = `one\ntwo\t${HOSTILE}\u001b[2J`
  await storage.saveVersion({
    ...plain,
    prompt: { ...plain.prompt, text },
    metadata: { author: HOSTILE },
  })
  await storage.saveVersion(sampleVersion(HOSTILE, '1.0.0'))
  return storageDir
}

describe('what a store holds cannot steer the terminal', () => {
  it('in a table, a list of ids, JSON, an error and the text itself', async () => {
    const dir = await hostileStore()
    for (const args of [
      ['ids'],
      ['list', 'p'],
      ['get', 'p'],
      ['get', HOSTILE, '--json'],
      ['get', `${HOSTILE}-absent`],
      ['stats', HOSTILE],
    ]) {
      const shown = onTerminal([...args, '--dir', dir])
      expect(shown, args.join(' ')).not.toMatch(INVISIBLE)
      expect(shown.length).toBeGreaterThan(10)
    }
    for (const option of ['--text', '--raw']) {
      const shown = onTerminal(['get', 'p', option, '--dir', dir])
      expect(shown).not.toMatch(STEERING)
      expect(shown).not.toContain('\u001b[2J')
      expect(shown.endsWith('\n')).toBe(true)
    }
    expect(onTerminal(['get', 'p', '--text', '--dir', dir])).toContain('one\r\ntwo\ta\\u009b2J')
  })

  it('and a pipe gets the same document, in JSON, and the very bytes otherwise', async () => {
    const dir = await hostileStore()
    const { stdout } = await holdfast(['get', 'p', '--dir', dir])
    expect(stdout).not.toMatch(INVISIBLE)
    expect(JSON.parse(stdout)).toMatchObject({ metadata: { author: HOSTILE } })
    const { stdout: text } = await holdfast(['get', 'p', '--text', '--dir', dir])
    expect(text).toBe(`one\ntwo\t${HOSTILE}\u001b[2J`)
  })

  it('nor can a file', async () => {
    const dir = await tempDirectory()
    {
      await using files = await FileStorage.open({ local_storage_path: dir, min_free_mb: 0 })
      await files.store('k', `${HOSTILE}\u001b[2J`)
    }
    await writeFile(join(dir, `stray\u001b]0;title\u0007${HOSTILE}`), 'of another program')
    const strays = onTerminal(['files', 'verify', '--dir', dir])
    expect(strays).toContain('stray\\u001b]0;title')
    expect(strays).not.toMatch(INVISIBLE)
    for (const control of ['\u001b', '\u0007']) expect(strays).not.toContain(control)
    expect(onTerminal(['files', 'get', 'k', '--dir', dir])).not.toMatch(STEERING)
    expect((await holdfast(['files', 'get', 'k', '--dir', dir])).stdout).toBe(`${HOSTILE}\u001b[2J`)
  })
})

describe('ids that look the same', () => {
  it('are a problem that doctor reports, each spelled out', async () => {
    await using storage = await FileSystemStorage.open({
      storageDir: await tempDirectory(),
      minFreeMb: 0,
    })
    const twins = ['admin', '\u0430dmin', 'ad\u200bmin', '\uff41dmin', 'a\u00addmin']
    for (const id of [...twins, 'admin2', 'админ', 'lone\u200e'])
      await storage.saveVersion(sampleVersion(id, '1.0.0'))
    const { problems } = await storage.doctor()
    const told = problems.filter((problem) => / ids? /.test(problem))
    expect(told).toHaveLength(2)
    for (const spelled of ['"admin"', '"\\u0430dmin"', '"ad\\u200bmin"', '"\\uff41dmin"'])
      expect(told[0]).toContain(spelled)
    expect(told[1]).toContain('"lone\\u200e"')
    expect(told.join('')).not.toMatch(/admin2|\\u043c/)
  })
})

describe('an error says nothing of what was to be kept', () => {
  const SECRET = 'the-secret-text'

  it('when a document does not fit', async () => {
    await using storage = new InMemoryStorage()
    const fits = sampleVersion('p', '1.0.0')
    for (const unfit of [
      { ...fits, prompt: { ...fits.prompt, text: { inner: SECRET } } },
      { ...fits, prompt: { ...fits.prompt, variables: SECRET } },
      { ...fits, prompt: { ...fits.prompt, model: 'x', text: SECRET } },
      { ...fits, prompt: { ...fits.prompt, text: `${SECRET}\ud800` } },
      { ...fits, metadata: { at: Object.assign(new Date(0), { SECRET }) } },
      { ...fits, metadata: { big: 2 ** 53 + 2 } },
      [SECRET],
    ]) {
      const error = await failure(storage.saveVersion(unfit as never))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).not.toMatch(/the-secret-text|90071992/)
    }
    const error = await failure(storage.importData({ versions: SECRET } as never))
    expect(error.message).not.toContain(SECRET)
  })

  it('when a stream or a value of a file does not fit', async () => {
    await using files = await FileStorage.open({ backend: 'memory' })
    await using local = await FileStorage.open({
      local_storage_path: await tempDirectory(),
      min_free_mb: 0,
    })
    for (const storage of [files, local]) {
      for (const work of [
        async () => await storage.storeStream('k', [SECRET] as never),
        async () => await storage.storeStream('k', SECRET as never),
        async () => await storage.store('k', `${SECRET}\ud800`),
        async () => await storage.store('k', 'x', [SECRET] as never),
        async () => await storage.store('k', new Map([[SECRET, SECRET]])),
      ]) {
        const error = await failure(work())
        expect(error).toBeInstanceOf(TypeError)
        expect(error.message).not.toContain(SECRET)
      }
    }
  })
})

it('an own key named __proto__ of the metadata of a file survives', async () => {
  const local_storage_path = await tempDirectory()
  const metadata = JSON.parse('{"__proto__":{"a":1},"b":{"__proto__":2}}') as Record<
    string,
    unknown
  >
  {
    await using files = await FileStorage.open({ local_storage_path, min_free_mb: 0 })
    await files.store('k', 'x', metadata)
  }
  await using files = await FileStorage.open({ local_storage_path, min_free_mb: 0 })
  const kept = (await files.stat('k'))?.metadata
  expect(JSON.stringify(kept)).toBe(JSON.stringify(metadata))
  expect(Object.getPrototypeOf(kept)).toBe(Object.prototype)
  expect(({} as Record<string, unknown>)['a']).toBeUndefined()
})
