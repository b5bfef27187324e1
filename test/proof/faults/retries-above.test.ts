import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { holdfast, holdfastJson } from '../../unit/cli/holdfast.js'
import { tempDirectory } from '../../support/temp.js'
import { compileFaults, inChild, NEEDS_COMPILER } from './child.js'

let faults: Awaited<ReturnType<typeof compileFaults>>

beforeAll(async () => {
  faults = await compileFaults()
})

function preload({ skip }: TestContext): string {
  skip(faults.missing, NEEDS_COMPILER)
  return faults.path
}

describe.for(['native', 'portable'] as const)(
  'a store of files that is busy for a moment, %s disk',
  (disk) => {
    it('is read and changed all the same, and closes without a wait', async (test) => {
      const seen = await inChild(
        await tempDirectory(),
        async ({ storageDir, faults: set, input, loadFiles, holdfast: { subscribe } }) => {
          const { FileStorage } = await loadFiles()
          const config = { local_storage_path: storageDir, disk: input.disk, enable_cache: false }
          const first = await FileStorage.open({ ...config, retry_delay_ms: 5 })
          await first.store('k', 'content')
          set('preadv2 EAGAIN\npread EBUSY 0 2 /k')
          const found = await first.retrieve('k')
          set('')
          await first.close()
          // Three such waits would outlast the deadline of the disk, which is 30 seconds.
          const slow = { retry_attempts: 10, retry_delay_ms: 20_000, retry_max_delay_ms: 20_000 }
          const second = await FileStorage.open({ ...config, ...slow })
          await second.exists('k')
          set('preadv2 EAGAIN\npread EBUSY 0 3 /k')
          const waiting = new Promise<void>((resolve) => subscribe('retry', () => resolve()))
          const reading = second.retrieve('k').catch((error: unknown) => String(error))
          await waiting
          await second.close()
          return { found, late: await reading }
        },
        { preload: preload(test), input: { disk } },
      )
      expect(seen).toEqual({ found: 'content', late: 'content' })
    })
  },
)

describe('the command', () => {
  it.for([
    [[], 0],
    [['--retries', '0'], 1],
    [['--retries', '1'], 1],
    [['--retries', '10'], 2],
  ] as const)('tries again as often as %o says', async ([options, code], test) => {
    const LD_PRELOAD = preload(test)
    const place = await tempDirectory()
    const dir = join(place, 'store')
    await mkdir(dir)
    const save = ['save', '--prompt-id', 'p', '--text', 'x', '--dir', dir]
    expect((await holdfast(save)).code).toBe(0)
    const rules = join(place, 'rules')
    await writeFile(rules, 'pread EBUSY 0 2 p/1.0.0')
    const get = ['get', 'p', '1.0.0', '--dir', dir, '--disk', 'portable', ...options]
    const ended = await holdfast(get, { env: { LD_PRELOAD, HOLDFAST_FAULTS: rules } })
    expect(ended).toMatchObject({ code })
    if (code !== 1) return
    const again = await holdfastJson(get, { env: { LD_PRELOAD, HOLDFAST_FAULTS: rules } })
    expect(again.document).toMatchObject({ error: { code: 'FS-IO-001', retryable: true } })
  })
})
