import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Interruption } from '../../../src/cli/errors.js'
import { Session } from '../../../src/cli/session.js'
import { rerunOnChange } from '../../../src/cli/watch-files.js'
import { tempDirectory } from '../../support/temp.js'
import { createEnvironment } from './environment.js'

describe('work that is repeated on a change', () => {
  it('is done once, again after a change of the file, and ends with an interruption', async () => {
    const file = join(await tempDirectory(), 'flow.yml')
    await writeFile(file, 'a: 1')
    const { environment, controller } = createEnvironment()
    let runs = 0
    const again = new Promise<void>((resolve) => {
      void rerunOnChange(new Session(environment), [file], async () => {
        runs++
        if (runs === 1) await writeFile(file, 'a: 2')
        else resolve()
      }).catch(() => undefined)
    })
    await again
    expect(runs).toBe(2)
    controller.abort(new Interruption('SIGINT', 130))
  })

  it('ends with the interruption as its error', async () => {
    const directory = await tempDirectory()
    const { environment, controller } = createEnvironment()
    const running = rerunOnChange(new Session(environment), [directory], async () => {
      await Promise.resolve()
      controller.abort(new Interruption('SIGINT', 130))
    })
    await expect(running).rejects.toMatchObject({ code: 'CLI-INTERRUPTED-001' })
  })

  it('is refused for standard input and for a path that does not exist', async () => {
    const session = new Session(createEnvironment().environment)
    const work = async (): Promise<void> => await Promise.resolve()
    await expect(rerunOnChange(session, ['-'], work)).rejects.toMatchObject({
      code: 'CLI-USAGE-001',
    })
    const missing = join(await tempDirectory(), 'missing.yml')
    await expect(rerunOnChange(session, [missing], work)).rejects.toMatchObject({
      code: 'CLI-INPUT-001',
    })
  })
})
