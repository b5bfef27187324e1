import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nextTurn } from '../../../src/base/clock.js'
import { Interruption } from '../../../src/cli/errors.js'
import { Session, announceWaiting } from '../../../src/cli/session.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import type { Store } from '../../../src/cli/open-store.js'
import { failure } from '../../proof/faults/support.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows } from '../../support/windows.js'
import { createEnvironment, type TestEnvironment } from './environment.js'

async function begin(
  argv: readonly string[] = [],
): Promise<TestEnvironment & { readonly session: Session; readonly dir: string }> {
  const dir = await tempDirectory()
  const made = createEnvironment({ argv })
  const session = new Session(made.environment)
  session.configure({ color: false, dir })
  return { ...made, session, dir }
}

describe('a session', () => {
  it('makes a store only for work that saves, and closes it when the work ends or fails', async () => {
    const { session } = await begin()
    expect(await failure(session.withStore(async () => undefined))).toMatchObject({
      code: 'FS-FORMAT-001',
    })
    const opened: Store[] = []
    await session.withNewStore(async (store) => {
      opened.push(store)
      await store.saveVersion(sampleVersion('p', '1.0.0'))
    })
    const failing = session.withStore(async (store) => {
      opened.push(store)
      expect(await store.listPromptIds()).toEqual(['p'])
      throw new Error('of the work')
    })
    await expect(failing).rejects.toThrow('of the work')
    expect(opened).toHaveLength(2)
    for (const store of opened)
      await expect(store.listPromptIds()).rejects.toMatchObject({ code: 'FS-CLOSED-001' })
  })

  it('waits for work that ends itself at an interruption, and closes the store then', async () => {
    const { session, controller } = await begin()
    const interruption = new Interruption('SIGINT', 130)
    const work = session.withStore(
      async (store) => {
        controller.abort(interruption)
        await nextTurn()
        // The store is still open: what the work has to give up can be given up.
        await store.saveVersion(sampleVersion('p', '1.0.0'))
        throw interruption
      },
      { create: true, endsItself: true },
    )
    await expect(work).rejects.toBe(interruption)
  })

  it('completes a save under way when it is interrupted, and reports the interruption', async () => {
    const { session, controller } = await begin()
    const interruption = new Interruption('SIGINT', 130)
    let saved: Promise<void> | undefined
    const work = session.withNewStore(async (store) => {
      saved = store.saveVersion(sampleVersion('p', '1.0.0'))
      controller.abort(interruption)
      // The rest of the work is not waited for.
      await new Promise(() => undefined)
    })
    await expect(work).rejects.toBe(interruption)
    await saved
    const after = await begin()
    after.session.configure({ color: false, dir: session.options.dir ?? '' })
    await after.session.withStore(async (store) => {
      expect(await store.listVersionNames('p')).toEqual(['1.0.0'])
    })
  })

  it('runs no work when it was interrupted before, and closes the store that was opening', async () => {
    const { session, controller, dir } = await begin()
    await session.withNewStore(async () => undefined)
    const interruption = new Interruption('SIGTERM', 143)
    controller.abort(interruption)
    let isRun = false
    await expect(session.withStore(async () => void (isRun = true))).rejects.toBe(interruption)
    expect(isRun).toBe(false)
    // An open store has a sign of life, but not on Windows: it comes, and goes again.
    if (isWindows) return
    const signs = async (): Promise<number> =>
      (await readdir(join(dir, '.alive')).catch(() => [])).length
    while ((await signs()) === 0) await nextTurn()
    while ((await signs()) > 0) await nextTurn()
  }, 10_000)

  it('knows the form of its output before the options are parsed, up to the end of the options', () => {
    const outputOf = (...argv: readonly string[]) => {
      const { output, options } = new Session(createEnvironment({ argv }).environment)
      return { json: output.json, color: options.color }
    }
    expect(outputOf('get', '--json', '--no-color')).toEqual({ json: true, color: false })
    expect(outputOf('get', '--', '--json', '--no-color')).toEqual({ json: false, color: true })
  })
})

it('waiting for standard input is announced on a terminal only', async () => {
  for (const [isTTY, file, told] of [
    [true, '-', 'Reading a text from standard input; end it with Ctrl-D\n'],
    [false, '-', ''],
    [true, 'file', ''],
  ] as const) {
    const { environment, stderr } = createEnvironment()
    Object.assign(environment.stdin, { isTTY })
    const session = new Session(environment)
    session.configure({ color: false })
    await announceWaiting(session, file, 'a text')
    expect(stderr()).toBe(told)
  }
})
