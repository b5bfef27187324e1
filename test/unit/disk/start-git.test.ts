import { chmod, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startGit } from '../../../src/disk/start-git.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows, NO_SCRIPTS } from '../../support/windows.js'

function withVariables(variables: Readonly<Record<string, string>>): void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  onTestFinished(() => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
  })
}

/** A program in the place of git. */
async function withProgram(script: string): Promise<void> {
  const directory = await tempDirectory()
  await writeFile(join(directory, 'git'), `#!/bin/sh\n${script}\n`)
  await chmod(join(directory, 'git'), 0o755)
  withVariables({ PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}` })
}

describe('startGit', () => {
  it('gives the program its input, and returns output and status', async () => {
    const { output, ended } = startGit('.', ['hash-object', '--stdin'], ['a', Buffer.from('b')])
    expect(await text(output)).toMatch(/^[0-9a-f]{40}\n$/)
    expect(await ended).toEqual({ status: 0, message: '' })
  })

  it('runs in the directory that is named, whatever repository the environment names', async () => {
    const directory = await tempDirectory()
    withVariables({ GIT_DIR: join(process.cwd(), '.git'), LC_ALL: 'de_DE.UTF-8' })
    const { output, ended } = startGit(directory, ['rev-parse', '--git-dir'])
    expect(await text(output)).toBe('')
    expect(await ended).toMatchObject({
      status: 128,
      message: expect.stringContaining('not a git repository'),
    })
  })

  it('reports a directory that does not exist as git does', async () => {
    const { ended } = startGit(join(await tempDirectory(), 'missing'), ['version'])
    expect(await ended).toMatchObject({ status: 128, message: expect.stringContaining('missing') })
  })

  it('rejects if the program does not exist, also where no caller waits for it', async () => {
    withVariables({ PATH: await tempDirectory() })
    const running = startGit('.', ['version'])
    startGit('.', ['version'])
    await expect(running.ended).rejects.toMatchObject({ name: 'DiskError', code: 'ENOENT' })
  })

  it('survives a program that does not read its input', async ({ skip }) => {
    skip(isWindows, NO_SCRIPTS)
    await withProgram('exec <&-; sleep 0.1; exit 3')
    const { ended } = startGit('.', ['x'], [Buffer.alloc(1_000_000)])
    expect(await ended).toMatchObject({ status: 3 })
  })

  it('ends the program on request', async ({ skip }) => {
    skip(isWindows, NO_SCRIPTS)
    await withProgram('exec sleep 60')
    const { ended, stop } = startGit('.', ['x'])
    stop()
    expect(await ended).toEqual({ status: null, message: '' })
  })

  it('keeps the beginning of a long message', async ({ skip }) => {
    skip(isWindows, NO_SCRIPTS)
    await withProgram('head -c 1000000 /dev/zero | tr "\\0" x >&2; exit 1')
    const { message } = await startGit('.', ['x']).ended
    expect(message.length).toBeGreaterThan(10_000)
    expect(message.length).toBeLessThan(200_000)
  })
})
