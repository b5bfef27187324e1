import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import { tempDirectory } from '../../support/temp.js'
import { compileFaults, inChild, NEEDS_COMPILER } from './child.js'

let faults: Awaited<ReturnType<typeof compileFaults>>

beforeAll(async () => {
  faults = await compileFaults()
})

function preload({ skip }: TestContext): string {
  skip(process.platform !== 'linux' || faults.missing, NEEDS_COMPILER)
  return faults.path
}

/** What happens to a checkpoint of `files` new files under `rule`, and to the store afterwards. */
async function checkpointUnder(test: TestContext, storageDir: string, rule: string, files: number) {
  return await inChild(
    storageDir,
    async ({ holdfast, storageDir: directory, outcome, faults: set, input, fs }) => {
      const store = await holdfast.DurableDirectory.open(directory, { checkpointIdleMs: 60_000 })
      for (let at = 0; at < input.files; at++) {
        await store.commit([{ kind: 'create', path: `f${at}.txt`, bytes: Buffer.from(String(at)) }])
      }
      const inodeBefore = fs.statSync(`${directory}/f5.txt`).ino
      set(input.rule)
      const checkpoint = await outcome(store.checkpoint())
      set('')
      const { state, backgroundErrors } = store.health()
      const isRewritten = fs.statSync(`${directory}/f5.txt`).ino !== inodeBefore
      const after = await outcome(
        store.commit([{ kind: 'create', path: 'after.txt', bytes: Buffer.from('a') }]),
      )
      const second = await outcome(store.checkpoint())
      const isRewrittenThen = fs.statSync(`${directory}/f5.txt`).ino !== inodeBefore
      const closed = await outcome(store.close())
      return {
        checkpoint,
        state,
        backgroundErrors,
        isRewritten,
        after,
        second,
        isRewrittenThen,
        closed,
      }
    },
    { preload: preload(test), input: { rule, files } },
  )
}

async function expectFiles(storageDir: string, files: number): Promise<void> {
  const store = await DurableDirectory.open(storageDir)
  for (let at = 0; at < files; at++) {
    expect(Buffer.from((await store.read(`f${at}.txt`)) ?? []).toString()).toBe(String(at))
  }
  expect(await store.read('after.txt')).toBeDefined()
  await store.close()
}

describe('a checkpoint whose flush fails', () => {
  // Many files are flushed by one flush of the file system, few each for itself.
  for (const [rule, files] of [
    ['fsync EIO 0 1 f5.txt', 100],
    ['syncfs EIO 0 1', 300],
  ] as const) {
    it(`(${rule}) rewrites the files instead of trusting a second flush, and counts the failure`, async (test) => {
      const storageDir = await tempDirectory()
      const seen = await checkpointUnder(test, storageDir, rule, files)
      expect(seen).toMatchObject({
        checkpoint: { ok: true },
        state: 'ok',
        isRewritten: true,
        after: { ok: true },
        closed: { ok: true },
      })
      expect(seen.backgroundErrors).toBeGreaterThan(0)
      await expectFiles(storageDir, files)
    })
  }

  it('fails with FS-ATOMIC-001 where each flush fails, and the next one still rewrites the files', async (test) => {
    const storageDir = await tempDirectory()
    const seen = await checkpointUnder(test, storageDir, 'fsync EIO', 100)
    expect(seen.checkpoint).toMatchObject({ code: 'FS-ATOMIC-001', context: { stage: 'fsync' } })
    expect(seen).toMatchObject({
      state: 'ok',
      after: { ok: true },
      second: { ok: true },
      isRewrittenThen: true,
      closed: { ok: true },
    })
    await expectFiles(storageDir, 100)
  })
})

describe('a rewriting of files that hangs after a failed flush', () => {
  it.for(['native', 'portable'] as const)(
    'never puts older contents over what was committed since: %s disk',
    async (disk, test) => {
      const directory = await tempDirectory()
      const seen = await inChild(
        directory,
        async ({ holdfast, storageDir, outcome, faults: set, sleep, input }) => {
          const store = await holdfast.DurableDirectory.open(storageDir, {
            disk: input.disk,
            ioTimeoutMs: 1500,
            lockTimeoutMs: 200,
            checkpointIdleMs: 60_000,
          })
          const commit = async (text: string) =>
            await store.commit([{ kind: 'replace', path: 'file', bytes: Buffer.from(text) }])
          await commit('old')
          // The checkpoint cannot flush the file, rewrites it from the journal, and hangs at giving it its name.
          const rename = input.disk === 'native' ? 'renameat' : 'rename'
          set(`fsync EIO 0 1 file\n${rename} hang=4000 0 1 file`)
          const checkpoint = await outcome(store.checkpoint())
          let answer = await outcome(commit('new'))
          for (let tries = 0; !answer.ok && tries < 100; tries++) {
            await sleep(50)
            answer = await outcome(commit('new'))
          }
          // Whatever still hung has come back by then.
          await sleep(4000)
          const bytes = await store.read('file')
          await store.close()
          return { checkpoint, answer, text: bytes && Buffer.from(bytes).toString() }
        },
        { preload: preload(test), input: { disk } },
      )
      expect(seen.checkpoint).toMatchObject({ ok: false, code: 'FS-TIMEOUT-001' })
      expect(seen.answer).toEqual({ ok: true })
      expect(seen.text).toBe('new')
    },
  )
})
