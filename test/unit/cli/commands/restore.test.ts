import { spawnSync } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { sleep } from '../../../../src/base/clock.js'
import { tempDirectory } from '../../../support/temp.js'
import { filled, holdfast, holdfastJson } from '../here.js'

const COMMAND = fileURLToPath(new URL('../../../../dist/bundled/holdfast.js', import.meta.url))

async function backedUp() {
  const dir = await filled()
  const root = await tempDirectory()
  const from = join(root, 'backups')
  await holdfast(['backup', from, '--dir', dir])
  return { dir, from, place: join(root, 'restored') }
}

describe('holdfast restore', () => {
  it('brings a deleted version back from the trash', async () => {
    const dir = await filled()
    await holdfast(['delete', 'Greeting', '1.0.1', '--yes', '--trash', '--dir', dir])
    const { code, stderr } = await holdfast(['restore', 'Greeting', '1.0.1', '--dir', dir])
    expect([code, stderr]).toEqual([0, 'Restored version 1.0.1 of Greeting\n'])
    expect((await holdfast(['restore', 'Greeting', '9.0.0', '--dir', dir])).code).toBe(3)
  })

  it('restores a whole backup into a new place, and nothing into another', async () => {
    const { dir, from, place } = await backedUp()
    await holdfast(['delete', 'Greeting', '1.0.1', '--yes', '--dir', dir])
    await holdfast(['backup', from, '--dir', dir])
    const restored = await holdfast(['restore', '--from', from, '--backup', '1', '--dir', place])
    expect(restored.stderr).toMatch(/^Restored backup 1 as of .*: 7 files, 0 damaged\n$/)
    const { stdout } = await holdfast(['list', 'Greeting', '--dir', place])
    expect(stdout).toContain('1.0.1')
    const again = await holdfast(['restore', '--from', from, '--dir', place])
    expect(again.stderr).toContain('is not empty')
    const late = await holdfastJson(['restore', '--from', from, '--backup', '2001', '--dir', dir])
    expect(late.document).toMatchObject({ error: { context: { reason: 'no_backup' } } })
  })

  it('restores the state of a time', async () => {
    const { dir, from, place } = await backedUp()
    const time = new Date().toISOString()
    await sleep(5)
    await holdfast(['delete', 'Greeting', '1.0.1', '--yes', '--trash', '--dir', dir])
    await holdfast(['delete', 'mail@home', '1.0.0', '--yes', '--trash', '--dir', dir])
    await holdfast(['backup', from, '--dir', dir])
    const argv = ['restore', '--from', from, '--dir', place, '--as-of', time]
    const { code, stderr } = await holdfast(argv)
    expect(code).toBe(0)
    expect(stderr).toContain(
      `Brought back to ${time}: 0 versions deleted, 2 restored, 0 labels moved\n`,
    )
    expect((await holdfast(['ids', '--dir', place])).stdout).toContain('mail@home')
    expect((await holdfast(['list', 'Greeting', '--dir', place])).stdout).toContain('1.0.1')
    const other = [...argv.slice(0, 3), '--dir', `${place}-2`]
    const json = await holdfastJson([...other, '--as-of', time])
    expect(json.document).toMatchObject({ backup: 2, as_of: { time, restored_versions: 2 } })
    const late = [...argv.slice(0, 3), '--dir', `${place}-3`, '--as-of', new Date().toISOString()]
    const none = await holdfastJson(late)
    expect(none.document).toMatchObject({ error: { context: { reason: 'no_backup' } } })
    for (const [wrong, named] of [
      [['--as-of', 'yesterday'], '--as-of must be'],
      [['--as-of', '9000-01-01T00:00:00Z'], '--as-of must not be in the future'],
      [['--as-of', time, '--backup', '1'], 'leave --backup out'],
      [['Greeting', '--as-of', time], 'leave the prompt out'],
      [['--undated', 'omit'], '--undated goes with --as-of'],
    ] as const) {
      const refused = await holdfast([...other, ...wrong])
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(named)])
    }
    const trash = await holdfast(['restore', 'Greeting', '1.0.1', '--dir', dir, '--as-of', time])
    expect([trash.code, trash.stderr]).toEqual([2, expect.stringContaining('--from only')])
  })

  it('leaves nothing that opens when it is killed, and can be run again', async () => {
    const { dir, from, place } = await backedUp()
    const time = new Date().toISOString()
    await sleep(5)
    await holdfast(['delete', 'Greeting', '1.0.1', '--yes', '--trash', '--dir', dir])
    await holdfast(['backup', from, '--dir', dir])
    const argv = ['restore', '--from', from, '--dir', place, '--as-of', time]
    let killed = 0
    // By a part of itself where a process takes longer to start.
    for (let ms = 300; ; ms += Math.max(150, ms >> 2)) {
      const options = { timeout: ms, killSignal: 'SIGKILL' } as const
      const { signal, status } = spawnSync(process.execPath, [COMMAND, ...argv], options)
      if (signal === null) {
        expect(status).toBe(0)
        break
      }
      killed++
      const { code, stdout } = await holdfast(['list', 'Greeting', '--dir', place])
      // Killed after its end.
      if (code === 0) {
        expect(stdout).toContain('1.0.1')
        break
      }
    }
    expect(killed).toBeGreaterThan(0)
    expect((await holdfast(['list', 'Greeting', '--dir', place])).stdout).toContain('1.0.1')
    expect((await holdfast(['verify', '--dir', place])).code).toBe(0)
  })

  it('restores a prompt into a store in use, or into a new place', async () => {
    const { dir, from, place } = await backedUp()
    await holdfast(['delete', 'Greeting', '1.0.1', '--yes', '--dir', dir])
    const { stdout, stderr } = await holdfast(['restore', 'Greeting', '--from', from, '--dir', dir])
    expect(stdout).toBe('1.0.1\n')
    expect(stderr).toBe('Restored 1 version of Greeting from backup 1, 3 were there\n')
    await holdfast(['restore', 'mail@home', '--from', from, '--dir', place])
    expect((await holdfast(['ids', '--dir', place])).stdout).toContain('mail@home')
    const missing = await holdfast(['restore', 'missing', '--from', from, '--dir', dir])
    expect(missing.code).toBe(3)
  })

  it('restores the rest of a damaged backup when asked to, with status 5', async () => {
    const { from, place } = await backedUp()
    // Where names fold case, the directory of the prompt has another name.
    const [file = ''] = (await readdir(from, { recursive: true })).filter((name) =>
      name.endsWith('1.0.1.json'),
    )
    await writeFile(join(from, file), '')
    const argv = ['restore', '--from', from, '--dir', place]
    const refused = await holdfast(argv)
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('1.0.1.json')])
    const { code, stdout } = await holdfast([...argv, '--allow-damaged'])
    expect([code, stdout]).toEqual([5, expect.stringMatching(/^1: .+\/1\.0\.1\.json: size\n$/)])
  })

  it('names what is missing from the command', async () => {
    const dir = await filled()
    for (const argv of [
      ['restore'],
      ['restore', 'Greeting'],
      ['restore', 'Greeting', '1.0.0', '--backup', '1'],
      ['restore', 'Greeting', '1.0.0', '--from', dir],
      ['files', 'restore'],
    ])
      expect((await holdfast([...argv, '--dir', dir])).code).toBe(2)
  })

  it('restores files', async () => {
    const dir = await tempDirectory()
    await holdfast(['files', 'put', 'a/b', '--dir', dir], { input: 'content' })
    const root = await tempDirectory()
    const [from, place] = [join(root, 'backups'), join(root, 'restored')]
    await holdfast(['files', 'backup', from, '--dir', dir])
    await holdfast(['files', 'restore', '--from', from, '--dir', place])
    expect((await holdfast(['files', 'get', 'a/b', '--dir', place])).stdout).toBe('content')
  })

  it('takes what backup has written to standard output', async () => {
    const dir = await filled()
    const place = join(await tempDirectory(), 'restored')
    const archive = spawnSync(process.execPath, [COMMAND, 'backup', '-', '--dir', dir])
    expect(archive.stderr.toString()).toMatch(/^Full backup 1 as of /)
    const options = { input: archive.stdout }
    const argv = [COMMAND, 'restore', '--from', '-', '--dir', place]
    const restored = spawnSync(process.execPath, argv, options)
    expect(restored.stderr.toString()).toMatch(/^Restored backup 1 as of .*: 7 files, 0 damaged\n$/)
    expect((await holdfast(['ids', '--dir', place])).stdout).toContain('mail@home')
    const json = spawnSync(process.execPath, [COMMAND, 'backup', '-', '--json', '--dir', dir])
    expect(json.status).toBe(2)
  })
})
