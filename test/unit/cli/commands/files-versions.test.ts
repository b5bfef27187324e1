import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast } from '../here.js'

const VERSIONS_KEPT = { HOLDFAST_KEEP_VERSIONS: '3' }

interface Listed {
  readonly version: string
  readonly current: boolean
}

/** A directory with a key that was stored three times, and the command on it. */
async function stored(): Promise<{
  readonly dir: string
  run(...args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }>
  versions(): Promise<readonly Listed[]>
}> {
  const dir = await tempDirectory()
  for (const input of ['one', 'two', 'three'])
    await holdfast(['files', 'put', 'k.txt', '--dir', dir], { input, env: VERSIONS_KEPT })
  const run = async (...args: readonly string[]): ReturnType<typeof holdfast> =>
    await holdfast(['files', ...args, '--dir', dir])
  const versions = async (): Promise<readonly Listed[]> => {
    const { stdout } = await run('history', 'k.txt', '--json')
    return (JSON.parse(stdout) as { versions: readonly Listed[] }).versions
  }
  return { dir, run, versions }
}

describe('holdfast files, of a store that keeps versions', () => {
  it('lists, prints and restores them, without being told again to keep them', async () => {
    const { run, versions } = await stored()
    const [three, two, one] = await versions()
    expect([three?.current, two?.current, one?.current]).toEqual([true, false, false])
    const table = (await run('history', 'k.txt')).stdout
    expect(table).toContain(one?.version)
    expect(table).toContain('*')
    expect((await run('get', 'k.txt', one?.version ?? '')).stdout).toBe('one')
    const part = [two?.version ?? '', '--start', '1', '--end', '2']
    expect((await run('get', 'k.txt', ...part)).stdout).toBe('w')
    expect((await run('rm', 'k.txt', '--yes')).code).toBe(0)
    expect((await versions()).map(({ version }) => version)).toEqual(
      [three, two, one].map((each) => each?.version),
    )
    const restored = await run('restore', 'k.txt', one?.version ?? '', '--if-absent', '--json')
    expect(JSON.parse(restored.stdout)).toMatchObject({ key: 'k.txt', bytes: 3 })
    expect((await run('get', 'k.txt')).stdout).toBe('one')
    expect((await run('restore', 'k.txt', two?.version ?? '')).code).toBe(0)
    expect((await run('get', 'k.txt')).stdout).toBe('two')
  })

  it('changes how many are kept only by commands that store or remove files', async () => {
    const { dir } = await stored()
    const setting = async (): Promise<unknown> => {
      const mark = JSON.parse(await readFile(join(dir, '.files.json'), 'utf8')) as object
      return Reflect.get(mark, 'versions')
    }
    const env = { HOLDFAST_KEEP_VERSIONS: '7', HOLDFAST_KEEP_VERSIONS_DAYS: '30' }
    const before = await readdir(dir, { recursive: true })
    for (const command of [['ls'], ['stat', 'k.txt'], ['get', 'k.txt'], ['history', 'k.txt']])
      expect(
        (await holdfast(['files', ...command, '--dir', dir], { env })).code,
        command.join(' '),
      ).toBe(0)
    expect(await setting()).toEqual({ keep: 3 })
    expect(await readdir(dir, { recursive: true })).toEqual(before)
    await holdfast(['files', 'cp', 'k.txt', 'l.txt', '--dir', dir], { env })
    expect(await setting()).toEqual({ keep: 7, days: 30 })
  })

  it('prunes them', async () => {
    const { run, versions } = await stored()
    expect((await run('prune', '--keep-versions', '1')).code).toBe(2)
    const pruned = await run('prune', '--keep-versions', '1', '--yes', '--json')
    expect(JSON.parse(pruned.stdout)).toEqual({ prefix: '', removed: 1 })
    expect((await run('prune', 'other', '--keep-versions', '0', '--yes')).code).toBe(0)
    expect(await versions()).toHaveLength(2)
  })

  it('ends with status 3 for what is not kept', async () => {
    const { run, versions } = await stored()
    expect((await run('history', 'none')).code).toBe(3)
    expect((await run('get', 'k.txt', 'none')).code).toBe(3)
    expect((await run('restore', 'k.txt', 'none')).code).toBe(3)
    const [, two] = await versions()
    expect((await run('restore', 'k.txt', two?.version ?? '', '--if-absent')).code).toBe(4)
  })

  it('checks them, and names the damaged one', async () => {
    const { dir, run, versions } = await stored()
    expect((await run('verify')).stderr).toContain('1 file and 2 versions checked, 0 damaged')
    const [, two] = await versions()
    const kept = join(dir, '.versions', 'k.txt~d')
    const name = (await readdir(kept)).find((each) => each.endsWith(`-${two?.version}~f`))
    await writeFile(join(kept, name ?? ''), 'owt')
    const verified = await run('verify')
    expect(verified.code).toBe(5)
    expect(verified.stdout).toContain(`k.txt (version ${two?.version}): FS-LOAD-001`)
  })
})
