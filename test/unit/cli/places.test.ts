import { execFile, spawn, spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { text } from 'node:stream/consumers'
import { describe, expect, it, type TestContext } from 'vitest'
import { ALICE, BOB, passable, TEAM } from '../../proof/attack/as-user.js'
import { NEEDS_ROOT } from '../disk/mount.js'
import { isRoot } from '../disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows, NO_MODES } from '../../support/windows.js'
import { runHere } from './environment.js'
import { BIN, document, hasTerminals, plainEnvironment } from './holdfast.js'

/** Each command that makes a store, with its input. */
const MAKING = [
  [['save'], document('p', '1.0.0')],
  [['files', 'put', 'key'], 'text'],
] as const

async function foreign(): Promise<string> {
  const dir = await tempDirectory()
  await writeFile(join(dir, 'thesis.doc'), 'text')
  return dir
}

describe.each(MAKING)('%j in a directory of other files', (argv, input) => {
  it('is refused where no user can be asked, and changes nothing', async () => {
    const dir = await foreign()
    const { code, stderr } = await runHere([...argv, '--dir', dir], { input })
    expect(stderr).toContain(`${dir} is not a store and is not empty`)
    expect(stderr).toContain('pass --adopt')
    expect(code).toBe(2)
    expect(await readdir(dir)).toEqual(['thesis.doc'])
  })

  it('makes a store there with --adopt, once, and keeps the other files', async () => {
    const dir = await foreign()
    expect((await runHere([...argv, '--adopt', '--dir', dir], { input })).code).toBe(0)
    expect(await readdir(dir)).toContain('thesis.doc')
    const again = [...argv].map((word) => (word === 'key' ? 'key2' : word))
    const second = input === 'text' ? input : document('q', '1.0.0')
    expect((await runHere([...again, '--dir', dir], { input: second })).code).toBe(0)
  })

  it.skipIf(!hasTerminals).each([
    ['y', 0],
    ['n', 1],
  ])('asks on a terminal, and does what is answered: %s', async (answer, expected) => {
    const dir = await foreign()
    const source = join(await tempDirectory(), 'source')
    await writeFile(source, input)
    const { output, code } = await onTerminal([...argv, source, '--dir', dir], answer)
    expect(output).toContain(
      `${dir} is not a store and holds other files. Keep a store in it? [y/N]`,
    )
    expect(code).toBe(expected)
    expect((await readdir(dir)).length > 1).toBe(expected === 0)
  })
})

describe.each(MAKING)('%j with --group', (argv, input) => {
  it('makes files and directories that the group may write, and needs it again', async ({
    skip,
  }) => {
    skip(isWindows, NO_MODES)
    const dir = join(await tempDirectory(), 'store')
    expect((await runHere([...argv, '--group', '--dir', dir], { input })).code).toBe(0)
    await expectModes(dir, 0o660, 0o2770)
    const { code, stderr } = await runHere([...argv, '--dir', dir], { input })
    expect(code).toBe(1)
    expect(stderr).toContain(`error FS-PERM-001 A group may write to '${dir}'`)
  })

  it('serves two users of a group', async (test) => {
    needsUsers(test)
    const dir = join(await passable(), 'store')
    await mkdir(dir)
    await chown(dir, ALICE, TEAM)
    await chmod(dir, 0o2770)
    for (const [user, key] of [
      [ALICE, 'key'],
      [BOB, 'key2'],
      [ALICE, 'key3'],
    ] as const) {
      const words = [...argv].map((word) => (word === 'key' ? key : word))
      const given = input === 'text' ? input : document(key, '1.0.0')
      const ended = await asUser(user, [...words, '--group', '--dir', dir], given)
      expect([ended.code, ended.stderr.includes('error')]).toEqual([0, false])
    }
    await expectModes(dir, 0o660, 0o2770, TEAM)
  })
})

function needsUsers({ skip }: TestContext): void {
  skip(!isRoot || spawnSync('setpriv', ['--version']).status !== 0, `${NEEDS_ROOT}, and setpriv`)
}

async function expectModes(dir: string, file: number, directory: number, group?: number) {
  for (const name of await readdir(dir, { recursive: true })) {
    const { mode, gid } = await stat(join(dir, name))
    const wanted = (mode & 0o170000) === 0o040000 ? directory : file
    expect([name, (mode & 0o7777).toString(8)]).toEqual([name, wanted.toString(8)])
    if (group !== undefined) expect([name, gid]).toEqual([name, group])
  }
}

/** Runs the command as a user of the group, with a umask that takes everything from the group. */
async function asUser(
  user: number,
  argv: readonly string[],
  input: string,
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const groups = [`--reuid=${user}`, `--regid=${user}`, `--groups=${TEAM}`]
  const command = 'umask 077; exec "$@"'
  const child = execFile('setpriv', [...groups, 'sh', '-c', command, 'sh', execPath, BIN, ...argv])
  child.stdin?.end(input)
  const stderr = child.stderr === null ? '' : await text(child.stderr)
  const code =
    child.exitCode ?? (await new Promise<number | null>((end) => child.once('close', end)))
  return { code, stderr }
}

/** Runs the command on a pseudo terminal and types the answer once it is asked. */
async function onTerminal(
  argv: readonly string[],
  answer: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const command = [execPath, BIN, ...argv].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...plainEnvironment(), TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  let isAnswered = false
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (isAnswered || !output.includes('[y/N]')) return
    isAnswered = true
    child.stdin.write(`${answer}\r`)
  })
  const code = await new Promise<number | null>((end) => child.once('close', end))
  return { code, output }
}
