import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../../src/format/crc32c.js'
import { BLOCK_BYTES, decodeFrameHeader } from '../../../../src/format/frame.js'
import { StorageError } from '../../../../src/base/errors.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { copyStore } from '../../../support/copy-store.mjs'
import { SEED } from '../../../support/random.js'
import { tempDirectory } from '../../../support/temp.js'
import { Random } from '../../crash/random.mjs'
import { inChild } from '../child.js'

/** Bits of each store that are flipped, each in a copy of its own; `all` are two million, and take days. */
const FLIPS = process.env['HOLDFAST_FLIPS'] ?? '120'
const KEYS = [
  ['p', '1.0.0'],
  ['p', '1.1.0'],
  ['q', '1.0.0'],
] as const

/** Whatever a reader can ask, each answer or the error instead. */
async function answersOf(storageDir: string): Promise<readonly (string | Error)[]> {
  const open = async () => await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
  const storage = await open().catch((error: unknown) => error as Error)
  if (storage instanceof Error) return [storage]
  const questions = [
    ...KEYS.map(
      ([id, version]) =>
        async () =>
          await storage.getVersion(id, version),
    ),
    async () => await storage.indexSnapshot(),
    async () => await storage.getLatestVersion('p'),
    async () => await storage.listTrash(),
  ]
  const answers: (string | Error)[] = []
  for (const ask of questions)
    answers.push(
      await ask().then(
        (found) => JSON.stringify(found) ?? 'undefined',
        (error: unknown) => error as Error,
      ),
    )
  await storage.close()
  return answers
}

type Ending = 'close' | 'kill' | 'kill before the last change'

async function makeStore(ending: Ending): Promise<string> {
  const storageDir = await tempDirectory()
  await inChild(
    storageDir,
    async ({ open, version, input, kill }) => {
      const storage = await open({ enableTrash: true, segmentBytes: 65536, journalBytes: 65536 })
      for (const [id, name] of input.keys) await storage.saveVersion(version(id, name))
      await storage.saveVersion(version('r', '1.0.0'))
      if (input.ending === 'kill before the last change') return kill(true)
      await storage.deleteVersion('r', '1.0.0')
      if (input.ending === 'kill') return kill(true)
      await storage.close()
      return true
    },
    { input: { keys: KEYS, ending } },
  )
  return storageDir
}

/** Bits of all files: the short ones as often as the long ones, or all there are. */
async function* bitsOf(storageDir: string): AsyncGenerator<{ file: string; bit: number }> {
  const entries = await readdir(storageDir, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(storageDir.length + 1))
    .sort()
  const sizes = new Map<string, number>()
  for (const file of files) sizes.set(file, (await stat(join(storageDir, file))).size)
  const filled = files.filter((file) => (sizes.get(file) ?? 0) > 0)
  if (FLIPS === 'all') {
    for (const file of filled)
      for (let bit = 0; bit < (sizes.get(file) ?? 0) * 8; bit++) yield { file, bit }
    return
  }
  const random = new Random(SEED, storageDir.length)
  for (let at = 0; at < Number(FLIPS); at++) {
    const file = random.pick(filled) as string
    // Half of them near the begin, where a segment has something to say.
    const bytes = sizes.get(file) ?? 1
    const most = random.chance(0.5) ? Math.min(bytes, 20_480) : bytes
    yield { file, bit: random.integer(0, most * 8 - 1) }
  }
}

async function flip(path: string, bit: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  await writeFile(path, bytes)
}

/** The bytes of the journal's last frame, from its first on: nothing after it says that it had been flushed. */
async function lastFrameOf(storageDir: string): Promise<{ file: string; from: number }> {
  const file = '.journal/000000000001.log'
  const bytes = await readFile(join(storageDir, file))
  let from = BLOCK_BYTES
  for (let offset = BLOCK_BYTES; offset < bytes.length; offset += BLOCK_BYTES)
    if (decodeFrameHeader(bytes, offset, crc32c) !== undefined) from = offset
  return { file, from }
}

/** An error that says which file it is about. */
function names(error: Error, file: string): boolean {
  if (!(error instanceof StorageError)) return false
  return error.message.includes(basename(file)) || String(error.context['path']) === file
}

describe('a single flipped bit', () => {
  for (const ending of ['close', 'kill'] as const) {
    it(
      `anywhere in a store after a ${ending} changes no answer, or is an error that names the file`,
      async () => {
        const template = await makeStore(ending)
        const copy = join(await tempDirectory(), 'store')
        const renew = async () => {
          await rm(copy, { recursive: true, force: true })
          copyStore(template, copy)
        }
        await renew()
        const expected = await answersOf(copy)
        expect(expected.filter((answer) => answer instanceof Error)).toEqual([])
        // A last frame that is damaged passes for one that was cut off: what it did may not have been acknowledged.
        const last = await lastFrameOf(template)
        const before =
          ending === 'kill' ? await answersOf(await makeStore('kill before the last change')) : []
        const wrong: string[] = []
        for await (const { file, bit } of bitsOf(template)) {
          await renew()
          await flip(join(copy, file), bit)
          const answers = await answersOf(copy)
          answers.forEach((answer, place) => {
            const isInLast = file === last.file && bit >> 3 >= last.from
            const right =
              answer instanceof Error
                ? names(answer, file)
                : answer === expected[place] || (isInLast && answer === before[place])
            if (!right) wrong.push(`bit ${bit} of ${file}: ${String(answer)}`)
          })
        }
        expect(wrong).toEqual([])
      },
      FLIPS === 'all' ? 7 * 24 * 3_600_000 : 120_000 + Number(FLIPS) * 500,
    )
  }
})
