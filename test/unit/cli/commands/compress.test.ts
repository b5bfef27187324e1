import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { filled, holdfast, holdfastJson } from '../here.js'
import { document } from '../holdfast.js'

describe('holdfast compress, decompress', () => {
  it('say what they would do, do it, and undo it', async () => {
    const dir = await filled()
    const dry = await holdfast(['compress', '--keep-last', '2', '--dry-run', '--dir', dir])
    expect(dry.stdout).toMatch(/Greeting.+1\.0\.0.+\d+.+\d+/)
    expect(dry.stderr).toMatch(/^Nothing was changed: 2 versions would be compressed \(\d+ bytes/)
    const done = await holdfast(['compress', '--keep-last', '2', '--dir', dir])
    expect(done).toMatchObject({ code: 0, stdout: '' })
    expect(done.stderr).toMatch(/^2 versions compressed/)
    // Where names fold case, the directory of the prompt has another name.
    const path = expect.stringMatching(/1\.0\.0\.json\.gz$/) as string
    expect(await holdfastJson(['latest', 'Greeting', '1.0.0', '--dir', dir])).toMatchObject({
      document: { version: '1.0.0', path },
    })
    expect((await holdfast(['get', 'Greeting', '1.0.0', '--dir', dir])).code).toBe(0)
    expect(await holdfastJson(['decompress', 'Greeting', '--dir', dir])).toMatchObject({
      code: 0,
      document: { dry_run: false, versions: [{ version: '1.0.0' }, { version: '1.0.1' }] },
    })
    const names = (await readdir(dir, { recursive: true })).map((name) => basename(name))
    expect(names).toContain('1.0.0.json')
    expect(names).not.toContain('1.0.0.json.gz')
  })

  it('take an age, and refuse one that is not', async () => {
    const dir = await filled()
    expect(await holdfastJson(['compress', '--older-than', '1h', '--dir', dir])).toMatchObject({
      document: { versions: [] },
    })
    const wrong = await holdfast(['compress', '--older-than', 'long', '--dir', dir])
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain('such as 30d, 12h or 4w')
  })
})

describe('holdfast reshard', () => {
  it('moves the prompts, and needs to be told how', async () => {
    const dir = await filled()
    expect((await holdfast(['reshard', '--dir', dir])).stderr).toContain('--depth with 1 to 4')
    expect((await holdfast(['reshard', '--depth', '2', '--dir', dir])).stderr).toBe(
      'Moved 5 versions of 2 prompts\n',
    )
    expect((await holdfast(['ids', '--dir', dir])).stdout).toContain('Greeting')
    expect(await holdfastJson(['reshard', '--none', '--dir', dir])).toMatchObject({
      document: { sharding: { enabled: false, depth: 0 }, moved_versions: 5, left: [] },
    })
  })

  it('is not needed for a new store that is to be sharded', async () => {
    const dir = join(await tempDirectory(), 'new')
    const input = document('p', '1.0.0', 'text')
    await holdfast(['save', '--shard-depth', '2', '--dir', dir], { input })
    const { document: stats } = await holdfastJson(['stats', '--dir', dir])
    expect(stats).toMatchObject({ sharding: { enabled: true, depth: 2 } })
    const other = await holdfast(['ids', '--shard-depth', '3', '--dir', dir])
    expect(other.stderr).toContain('holdfast reshard')
  })
})
