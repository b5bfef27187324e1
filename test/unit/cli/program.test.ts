import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../support/temp.js'
import { holdfast, holdfastJson } from './here.js'
import { document } from './holdfast.js'

const COMMANDS = [
  'import',
  'save',
  'serve',
  'get',
  'list',
  'ids',
  'latest',
  'delete',
  'restore',
  'verify',
  'reindex',
  'stats',
  'doctor',
]
const READING: readonly (readonly string[])[] = [
  ['get', 'p'],
  ['list', 'p'],
  ['ids'],
  ['latest', 'p'],
  ['delete', 'p', '1.0.0', '--yes'],
  ['restore', 'p', '1.0.0'],
  ['verify'],
  ['reindex'],
  ['stats'],
  ['doctor'],
]

describe('holdfast', () => {
  it('prints its version and the state of the addon', async () => {
    const { code, stdout } = await holdfast(['--version'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^holdfast \d+\.\d+\.\d+ \((native addon .+|no native addon: .+)\)\n$/)
    const { document: version } = await holdfastJson(['--version'])
    expect(version).toMatchObject({
      name: 'holdfast',
      version: expect.any(String),
      native: { available: expect.any(Boolean) },
    })
  })

  it('explains itself and its exit status', async () => {
    const { code, stdout, stderr } = await holdfast(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    for (const part of [...COMMANDS, 'Examples:', 'Exit status:', '--dir', 'HOLDFAST_DIR'])
      expect(stdout).toContain(part)
  })

  it('explains every command with an example', async () => {
    const helps = await Promise.all(
      COMMANDS.map(async (command) => await holdfast([command, '--help'])),
    )
    for (const help of helps) {
      expect(help.code).toBe(0)
      expect(help.stdout).toMatch(/Examples?:\n {2}\$ .*holdfast/)
      expect(help.stdout).toContain('--json')
      for (const line of help.stdout.split('\n').slice(0, 5))
        expect(line.length).toBeLessThanOrEqual(80)
    }
  })

  it('shows the help and ends with 2 when no command is given', async () => {
    const { code, stdout, stderr } = await holdfast([])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: holdfast')
  })

  it.each([
    [['frobnicate'], 'unknown command'],
    [['ids', '--frobnicate'], 'unknown option'],
    [['get'], "missing required argument 'prompt-id'"],
    [['get', 'p', '1.0.0', 'more'], 'too many arguments'],
    [['list', 'p', '--limit', 'many'], 'Expected a whole number'],
    [['ids', '--disk', 'floppy'], 'Allowed choices are auto, native, portable'],
    [['ids', '--disk', 'native', '--portable'], 'cannot be used with'],
    [['ids'], 'pass --dir DIRECTORY or set HOLDFAST_DIR'],
    [['import'], "missing required argument 'file'"],
    [['get', 'p', '01.0.0', '--dir', '/nowhere-at-all'], ''],
  ])('ends with 2 or 3 and says why for wrong arguments: %j', async (args, reason) => {
    const { code, stdout, stderr } = await holdfast(args)
    expect(code).toBe(reason === '' ? 3 : 2)
    expect(stdout).toBe('')
    expect(stderr).toContain(reason)
  })

  it.each([[['frobnicate']], [['ids', '--frobnicate']], [['ids']], [[]]])(
    'reports wrong usage as JSON too: %j',
    async (args) => {
      const { code, document: report } = await holdfastJson(args)
      expect(code).toBe(2)
      expect(report).toEqual({
        error: {
          code: 'CLI-USAGE-001',
          message: expect.any(String),
          context: {},
          retryable: false,
        },
      })
    },
  )

  it('refuses to read a directory that is not a store, and leaves it as it was', async () => {
    const dir = await tempDirectory()
    const missing = `${dir}/missing`
    const runs = READING.flatMap((args) => [dir, missing].map((place) => [...args, '--dir', place]))
    const reports = await Promise.all(runs.map(async (args) => await holdfastJson(args)))
    for (const report of reports) {
      expect(report).toMatchObject({ code: 3, document: { error: { code: 'FS-FORMAT-001' } } })
    }
    expect(await readdir(dir)).toEqual([])
  })

  it('takes the directory from HOLDFAST_DIR, and --dir over it', async () => {
    const dir = await tempDirectory()
    const env = { HOLDFAST_DIR: dir }
    expect((await holdfast(['save'], { env, input: document('p', '1.0.0') })).code).toBe(0)
    expect((await holdfast(['ids'], { env })).stdout).toBe('p\n')
    expect((await holdfast(['ids', '--dir', `${dir}/other`], { env })).code).toBe(3)
  })

  it('takes its options before the command as well', async () => {
    const dir = await tempDirectory()
    const { code } = await holdfast(['--dir', dir, '--json', 'save'], {
      input: document('p', '1.0.0'),
    })
    expect(code).toBe(0)
  })

  it('takes ids that look like options after --', async () => {
    const dir = await tempDirectory()
    await holdfast(['save', '--dir', dir], { input: document('--json', '1.0.0') })
    expect((await holdfast(['latest', '--dir', dir, '--', '--json'])).stdout).toBe('1.0.0\n')
  })

  it('writes no colour into a pipe, unless it is told to', async () => {
    const dir = await tempDirectory()
    await holdfast(['save', '--dir', dir], { input: document('p', '1.0.0') })
    const list = ['list', 'p', '--dir', dir]
    expect((await holdfast(list)).stdout).not.toContain('\u001b')
    expect((await holdfast(list, { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[')
    expect(
      (await holdfast([...list, '--no-color'], { env: { FORCE_COLOR: '1' } })).stdout,
    ).not.toContain('\u001b')
    expect(
      (await holdfast(list, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout,
    ).not.toContain('\u001b')
  })
})
