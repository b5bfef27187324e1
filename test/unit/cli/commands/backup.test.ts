import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { filled, holdfast, holdfastJson } from '../here.js'

describe('holdfast backup', () => {
  it('backs a store up, in full and then what is new, and lists the backups', async () => {
    const dir = await filled()
    const to = join(await tempDirectory(), 'backups')
    const first = await holdfast(['backup', to, '--dir', dir])
    expect(first.stdout).toMatch(/backups[\\/]000001-\d{8}T\d{6}Z\n$/)
    expect(first.stderr).toMatch(/^Full backup 1 as of .*: 7 files, 7 added, 0 removed; writers/)
    expect((await holdfast(['backup', to, '--dir', dir])).stderr).toMatch(/^Incremental backup 2 /)
    expect(await holdfastJson(['backup', to, '--full', '--dir', dir])).toMatchObject({
      code: 0,
      document: { sequence: 3, full: true, files: 7, left_out: [] },
    })
    const { stdout } = await holdfast(['backup', to, '--list'])
    for (const text of ['As of', 'full', 'incremental', '7']) expect(stdout).toContain(text)
    expect(await holdfastJson(['backup', to, '--list'])).toMatchObject({
      document: [{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }],
    })
  })

  it('verifies backups, with status 5 when one is damaged', async () => {
    const dir = await filled()
    const to = join(await tempDirectory(), 'backups')
    const [path = ''] = (await holdfast(['backup', to, '--dir', dir])).stdout.split('\n')
    const whole = await holdfast(['backup', to, '--verify'])
    expect(whole).toEqual({
      code: 0,
      stdout: '',
      stderr: '1 backup, 7 files checked, 0 findings\n',
    })
    await writeFile(join(path, 'files/.metadata.json'), '')
    const damaged = await holdfast(['backup', to, '--verify'])
    expect([damaged.code, damaged.stdout]).toEqual([5, '1: .metadata.json: size\n'])
    const { code, document } = await holdfastJson(['backup', to, '--verify'])
    expect([code, document]).toMatchObject([5, { ok: false, findings: [{ problem: 'size' }] }])
  })

  it('backs up files, too, and warns of what is not in the backup', async () => {
    const dir = await tempDirectory()
    await holdfast(['files', 'put', 'a', '--dir', dir], { input: 'content' })
    const { symlink } = await import('node:fs/promises')
    await symlink('nowhere', join(dir, 'link'))
    for (const command of [['backup'], ['files', 'backup']]) {
      const to = join(await tempDirectory(), 'backups')
      const { code, stderr } = await holdfast([...command, to, '--snapshot', '--dir', dir])
      expect([code, stderr]).toEqual([
        0,
        expect.stringContaining('link is not in it: it is neither a file nor a directory'),
      ])
      expect(stderr).toContain('Full snapshot 1')
    }
  })

  it('is refused for a directory of other files, and for options that exclude each other', async () => {
    const dir = await filled()
    const other = await tempDirectory()
    await writeFile(join(other, 'mine'), '')
    const refused = await holdfast(['backup', other, '--dir', dir])
    expect(refused.stderr).toContain('holds something else than backups')
    expect(await readdir(other)).toEqual(['mine'])
    for (const flags of [
      ['--list', '--verify'],
      ['--list', '--full'],
    ])
      expect((await holdfast(['backup', other, ...flags])).code).toBe(2)
  })
})
