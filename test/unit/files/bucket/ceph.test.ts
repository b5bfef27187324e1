import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const SCRIPT = join(import.meta.dirname, 'ceph.mjs')

/** Runs a command beside a server of Ceph where no package of it can be found. */
function runWithoutCeph(env: NodeJS.ProcessEnv) {
  const args = [SCRIPT, 'run', '--if-installed', '--', process.execPath, '--version']
  return spawnSync(process.execPath, args, { env: { PATH: '', ...env }, encoding: 'utf8' })
}

describe.skipIf(process.platform === 'win32')('tests on Ceph, where it is not installed,', () => {
  it('are skipped, and say so', () => {
    const { status, stdout } = runWithoutCeph({})
    expect([status, stdout]).toEqual([
      0,
      'Skipped: radosgw, ceph-mon, ceph-osd are not installed\n',
    ])
  })

  it.skipIf(process.getuid?.() !== 0)('fail where CI runs as root', () => {
    const { status, stdout } = runWithoutCeph({ HOLDFAST_CI: '1' })
    expect(status).not.toBe(0)
    expect(stdout).not.toContain('Skipped')
  })
})
