import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { gitText, runGit } from '../../../../src/interchange/git/git.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows, NO_MODES, NO_SCRIPTS } from '../../../support/windows.js'

function withPath(path: string): void {
  const before = process.env['PATH']
  process.env['PATH'] = path
  onTestFinished(() => {
    process.env['PATH'] = before
  })
}

describe('git', () => {
  it('prints what it is asked for', async () => {
    expect(await gitText('.', ['version'])).toMatch(/^git version \d/)
    const id = await gitText('.', ['hash-object', '--stdin'], ['Hel', 'lo'])
    expect(id).toBe('5ab2f8a4323abafb10abb68657d9d39f1a775057\n')
  })

  it('that fails is an error with its message', async () => {
    const directory = await tempDirectory()
    await expect(gitText(directory, ['rev-parse', 'no/such'])).rejects.toMatchObject({
      name: 'InterchangeError',
      code: 'OPT-FORMAT-003',
      message: expect.stringMatching(/^git rev-parse ended with 128: fatal:/),
      context: { command: 'rev-parse' },
    })
  })

  it('that is not installed is an error that says what to do', async () => {
    withPath(await tempDirectory())
    await expect(gitText('.', ['version'])).rejects.toMatchObject({
      code: 'OPT-FORMAT-003',
      message: expect.stringContaining('is not installed, or not on the PATH'),
    })
  })

  it('that may not be run is an error', async ({ skip }) => {
    skip(isWindows, NO_MODES)
    const directory = await tempDirectory()
    await mkdir(join(directory, 'git'))
    await chmod(join(directory, 'git'), 0o755)
    withPath(directory)
    await expect(gitText('.', ['version'])).rejects.toMatchObject({
      code: 'OPT-FORMAT-003',
      message: expect.stringContaining('cannot be started'),
    })
  })

  it('is ended when its reader has enough', async ({ skip }) => {
    skip(isWindows, NO_SCRIPTS)
    const directory = await tempDirectory()
    await writeFile(join(directory, 'git'), '#!/bin/sh\nwhile :; do echo line; done\n')
    await chmod(join(directory, 'git'), 0o755)
    withPath(`${directory}:${process.env['PATH'] ?? ''}`)
    let bytes = 0
    for await (const chunk of runGit('.', ['endless'])) {
      bytes += chunk.length
      if (bytes > 1000) break
    }
    expect(bytes).toBeGreaterThan(1000)
  })
})
