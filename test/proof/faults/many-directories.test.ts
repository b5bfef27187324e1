import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { tempDirectory } from '../../support/temp.js'
import { compileFaults, inChild, NEEDS_COMPILER } from './child.js'

let injector: Awaited<ReturnType<typeof compileFaults>>

beforeAll(async () => {
  injector = await compileFaults()
})

function preload({ skip }: TestContext): string {
  skip(injector.missing, NEEDS_COMPILER)
  return injector.path
}

/** More than the native disk keeps open: a commit opens each when it stages, checks and publishes, and to undo. */
const DIRECTORIES = 100

describe('a commit of more directories than are kept open', () => {
  it('makes one again that is removed, open or not, while the frame is flushed', async (test) => {
    const seen = await inChild(
      await tempDirectory(),
      async ({ holdfast, storageDir, fs, faults, sleep, outcome, input }) => {
        const store = await holdfast.DurableDirectory.open(storageDir, { disk: 'native' })
        const names = Array.from({ length: input }, (_, at) => `d${at}x`)
        for (const name of names) fs.mkdirSync(`${storageDir}/${name}`)
        faults('fdatasync hang=600 0 1')
        const committing = outcome(
          store.commit(
            names.map((name) => ({ kind: 'create', path: `${name}/f`, bytes: Buffer.from(name) })),
          ),
        )
        await sleep(300)
        const removed = ['d10x', 'd50x', 'd99x']
        for (const name of removed) fs.rmdirSync(`${storageDir}/${name}`)
        const committed = await committing
        const wrong = names.filter(
          (name) => fs.readFileSync(`${storageDir}/${name}/f`, 'utf8') !== name,
        )
        await store.close()
        return { committed, wrong }
      },
      { preload: preload(test), input: DIRECTORIES },
    )
    expect(seen).toEqual({ committed: { ok: true }, wrong: [] })
  })

  for (const rules of ['', 'openat2 EMFILE 3 1 d10x']) {
    it(`is undone in all of them when a name is taken meanwhile (${rules || 'no other failure'})`, async (test) => {
      const seen = await inChild(
        await tempDirectory(),
        async ({ holdfast, storageDir, fs, faults, sleep, outcome, input }) => {
          const store = await holdfast.DurableDirectory.open(storageDir, { disk: 'native' })
          const names = Array.from({ length: input.directories }, (_, at) => `d${at}x`)
          for (const name of names) fs.mkdirSync(`${storageDir}/${name}`)
          faults(`fdatasync hang=600 0 1\n${input.rules}`)
          const committing = outcome(
            store.commit(
              names.map((name) => ({
                kind: 'create',
                path: `${name}/f`,
                bytes: Buffer.from(name),
              })),
            ),
          )
          await sleep(300)
          fs.writeFileSync(`${storageDir}/d99x/f`, 'of another program')
          const refused = await committing
          const left = names.filter((name) => fs.existsSync(`${storageDir}/${name}/f`))
          faults('')
          const next = await outcome(
            store.commit([{ kind: 'create', path: 'd10x/f', bytes: Buffer.from('next') }]),
          )
          await store.close()
          const foreign = fs.readFileSync(`${storageDir}/d99x/f`, 'utf8')
          return { refused, left, next, foreign }
        },
        { preload: preload(test), input: { directories: DIRECTORIES, rules } },
      )
      expect(seen).toMatchObject({
        refused: { ok: false, code: 'FS-CONFLICT-001', context: { path: 'd99x/f' } },
        left: ['d99x'],
        next: { ok: true },
        foreign: 'of another program',
      })
    })
  }

  // Staging opens it first, the check second, publishing third.
  for (const skipped of [0, 1, 2])
    it(`needs no descriptor more than it can give up, at opening ${skipped}`, async (test) => {
      const seen = await inChild(
        await tempDirectory(),
        async ({ holdfast, storageDir, fs, faults, outcome, input }) => {
          const store = await holdfast.DurableDirectory.open(storageDir, { disk: 'native' })
          const names = Array.from({ length: input.directories }, (_, at) => `d${at}x`)
          for (const name of names) fs.mkdirSync(`${storageDir}/${name}`)
          // Three times in a row: three others are closed for it.
          faults(`openat2 EMFILE ${input.skipped} 3 d80x`)
          const committed = await outcome(
            store.commit(
              names.map((name) => ({
                kind: 'create',
                path: `${name}/f`,
                bytes: Buffer.from(name),
              })),
            ),
          )
          const wrong = names.filter(
            (name) => fs.readFileSync(`${storageDir}/${name}/f`, 'utf8') !== name,
          )
          await store.close()
          return { committed, wrong }
        },
        { preload: preload(test), input: { directories: DIRECTORIES, skipped } },
      )
      expect(seen).toEqual({ committed: { ok: true }, wrong: [] })
    })
})
