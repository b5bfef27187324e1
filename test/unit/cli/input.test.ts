import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../support/temp.js'
import { isWindows } from '../../support/windows.js'
import { BIN, ended, type Ended, holdfast, holdfastJson, start } from './holdfast.js'

const STORED = 'what was there before'

/** A directory of files with a `key`. */
async function withKey(): Promise<string> {
  const dir = await tempDirectory()
  await holdfast(['files', 'put', 'key', '--dir', dir], { input: STORED })
  return dir
}

async function valueOf(dir: string): Promise<string> {
  return (await holdfast(['files', 'get', 'key', '--dir', dir])).stdout
}

/** Runs the command with its standard input as a shell redirects it. */
async function redirected(redirection: string, args: readonly string[]): Promise<Ended> {
  const line = `exec "$0" "$@" ${redirection}`
  return await ended(
    spawn('sh', ['-c', line, process.execPath, BIN, ...args, '--json'], {
      cwd: await tempDirectory(),
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  )
}

// Windows has no shell that redirects so.
describe.skipIf(isWindows).each([
  ['a directory', '< .', 'EISDIR'],
  ['closed', '<&-', 'EBADF'],
  ['open for writing alone', '0> file', 'EBADF'],
])('standard input that is %s', (_, redirection, errno) => {
  it('is told, and replaces nothing', async () => {
    const dir = await withKey()
    const { code, stdout } = await redirected(redirection, ['files', 'put', 'key', '--dir', dir])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'CLI-INPUT-001', context: { file: '-', errno } },
    })
    expect(await valueOf(dir)).toBe(STORED)
    expect(await readdir(join(dir, '.tmp'))).toEqual([])
  })

  it('is told where a version is saved from it', async () => {
    const dir = await tempDirectory()
    const { code, stdout } = await redirected(redirection, ['save', '--dir', dir])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'CLI-INPUT-001', context: { file: '-', errno } },
    })
    expect(await readdir(dir)).toEqual([])
  })
})

describe('standard input', () => {
  // Windows has no signals that a process could answer.
  it.skipIf(isWindows).each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('replaces nothing where %s comes amid it', async (signal, status) => {
    const dir = await withKey()
    const child = start(['files', 'put', 'key', '--dir', dir, '--json'])
    const end = ended(child)
    // More than a pipe holds: once all of it is written, the command is reading.
    await new Promise((resolve) => child.stdin?.write('x'.repeat(1_000_000), resolve))
    child.kill(signal)
    expect((await end).code).toBe(status)
    expect(await valueOf(dir)).toBe(STORED)
    expect(await readdir(join(dir, '.tmp'))).toEqual([])
  })

  it('is an empty file where it is the null device', async () => {
    const dir = await withKey()
    const child = spawn(process.execPath, [BIN, 'files', 'put', 'key', '--dir', dir], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    expect((await ended(child)).code).toBe(0)
    expect(await valueOf(dir)).toBe('')
  })
})

describe('an input file', () => {
  it.each([
    ['a directory', '.', 'EISDIR'],
    ['missing', 'none', 'ENOENT'],
  ])('that is %s replaces nothing', async (_, name, errno) => {
    const dir = await withKey()
    const path = join(await tempDirectory(), name)
    const { code, document: report } = await holdfastJson([
      'files',
      'put',
      'key',
      path,
      '--dir',
      dir,
    ])
    expect(code).toBe(1)
    expect(report).toMatchObject({
      error: { code: 'CLI-INPUT-001', context: { file: path, errno } },
    })
    expect(await valueOf(dir)).toBe(STORED)
  })
})
