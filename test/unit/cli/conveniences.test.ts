import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { WriteStream } from 'node:tty'
import { describe, expect, it } from 'vitest'
import { run } from '../../../src/cli/run.js'
import { displayWidth } from '../../../src/cli/table.js'
import { WORKFLOW_DIRECTORY } from '../optimizer/workflow-files.js'
import { tempDirectory } from '../../support/temp.js'
import { COMMANDS } from './commands.js'
import { createEnvironment, runHere } from './environment.js'
import { filled } from './here.js'
import { document } from './holdfast.js'

const FLOW = WORKFLOW_DIRECTORY

describe('lists', () => {
  it('of ids begin with a prefix, have a length, and end with NULs when asked', async () => {
    const dir = await filled()
    const ids = async (...options: string[]) =>
      (await runHere(['ids', '--dir', dir, ...options])).stdout
    expect(await ids('--prefix', 'mail')).toBe('mail@home\n')
    expect(await ids('--limit', '1')).toBe('Greeting\n')
    expect(await ids('--limit', '0')).toBe('')
    expect(await ids('-0')).toBe('Greeting\0mail@home\0')
    expect(JSON.parse(await ids('--prefix', 'G', '--json'))).toEqual({ prompt_ids: ['Greeting'] })
    expect((await runHere(['ids', '-0', '--json', '--dir', dir])).code).toBe(2)
    expect((await runHere(['list', 'Greeting', '--ndjson', '--json', '--dir', dir])).code).toBe(2)
  })

  it('are given as one JSON value per line, with --ndjson', async () => {
    const dir = await filled()
    const lines = async (...argv: string[]) =>
      (await runHere([...argv, '--ndjson', '--dir', dir])).stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(await lines('ids')).toEqual([{ prompt_id: 'Greeting' }, { prompt_id: 'mail@home' }])
    expect(await lines('list', 'Greeting', '--limit', '2')).toMatchObject([
      { prompt_id: 'Greeting', version: '1.0.0', labels: [], size: expect.any(Number) as number },
      { prompt_id: 'Greeting', version: '1.0.1' },
    ])
    const files = await tempDirectory()
    await runHere(['files', 'put', 'a/b', '--dir', files], { input: 'text' })
    expect(
      (await runHere(['files', 'ls', '--ndjson', '--dir', files])).stdout.trimEnd().split('\n'),
    ).toHaveLength(1)
    const { stdout } = await runHere(['files', 'ls', 'a', '--json', '--dir', files])
    expect(JSON.parse(stdout)).toMatchObject({ prefix: 'a', files: [{ key: 'a/b' }] })
  })
})

describe('save', () => {
  it('takes a text from the command line', async () => {
    const dir = await tempDirectory()
    const save = async (...argv: string[]) =>
      await runHere(['save', '--dir', dir, '--prompt-id', 'p', ...argv])
    expect((await save('--text', 'Hello {{name}}\n')).stdout).toBe('1.0.0\n')
    expect((await runHere(['get', 'p', '--text', '--dir', dir])).stdout).toBe('Hello {{name}}\n')
    expect((await save('--text', 'Bye', '--bump', 'major')).stdout).toBe('2.0.0\n')
    for (const wrong of [['--text', 'a', '--text-file', '-'], []])
      expect((await save(...wrong)).code).toBe(2)
    expect((await runHere(['save', '--dir', dir, '--text', 'a'])).code).toBe(2)
    expect(
      (await runHere(['save', 'x.json', '--dir', dir, '--prompt-id', 'p', '--text', 'a'])).code,
    ).toBe(2)
  })

  it.each([
    [['save'], 'Reading a document from standard input; end it with Ctrl-D'],
    [['save', '--prompt-id', 'p', '--text-file', '-'], 'Reading a text from standard input'],
    [['files', 'put', 'key'], 'Reading the content from standard input'],
    [['import', '-'], 'Reading a workflow from standard input'],
  ])('%j says on a terminal what it waits for', async (argv, told) => {
    for (const isTTY of [true, false]) {
      const dir = join(await tempDirectory(), 'store')
      const { environment, stderr } = createEnvironment({
        argv: [...argv, '--dir', dir],
        input: document('p', '1.0.0'),
      })
      Object.assign(environment.stdin, { isTTY })
      await run(environment)
      expect(stderr().includes(told)).toBe(isTTY)
    }
  })
})

describe('import', () => {
  it('saves nothing in a dry run, and makes no store', async () => {
    const dir = join(await tempDirectory(), 'store')
    const dry = await runHere(['import', '--dry-run', '--json', FLOW, '--dir', dir])
    const planned = JSON.parse(dry.stdout) as { totals: { created: number } }
    expect(planned).toMatchObject({ dry_run: true, totals: { created: 117, skipped_empty: 3 } })
    await expect(readdir(dir)).rejects.toThrow('ENOENT')
    await runHere(['import', join(FLOW, 'Artifact.yml'), '--dir', dir])
    const before = (await runHere(['ids', '--dir', dir])).stdout
    const again = await runHere(['import', '-n', FLOW, '--dir', dir])
    expect(again.stderr).toMatch(/Nothing was saved: \d+ new, 0 changed, [1-9]\d* unchanged/)
    expect((await runHere(['ids', '--dir', dir])).stdout).toBe(before)
  })

  it('refuses a directory without workflows, and makes no store for it', async () => {
    const root = await tempDirectory()
    await mkdir(join(root, 'empty'))
    await writeFile(join(root, 'empty/readme.txt'), 'text')
    const dir = join(root, 'store')
    const { code, stderr } = await runHere(['import', join(root, 'empty'), '--dir', dir])
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`${join(root, 'empty')} is a directory without *.yml or *.yaml`),
    ])
    expect(await readdir(root)).toEqual(['empty'])
  })
})

describe('reports', () => {
  it('of Holdfast have keys in snake_case, and documents of users keep theirs', async () => {
    const dir = await tempDirectory()
    const given = { ...(JSON.parse(document('p', '1.0.0')) as object), metadata: { camelCase: 1 } }
    await runHere(['save', '--dir', dir], { input: JSON.stringify(given) })
    const reports = [
      ['doctor'],
      ['stats', '--bytes'],
      ['verify'],
      ['import', '--dry-run', FLOW],
      ['list', 'p'],
      ['ids'],
    ]
    for (const argv of reports) {
      const { stdout } = await runHere([...argv, '--json', '--dir', dir])
      const keys: string[] = []
      JSON.parse(stdout, (key, value: unknown) => (keys.push(key), value))
      expect(keys.filter((key) => /[A-Z]/.test(key))).toEqual([])
    }
    const { stdout } = await runHere(['get', 'p', '--json', '--dir', dir])
    expect(JSON.parse(stdout)).toHaveProperty('metadata.camelCase', 1)
  })

  it('tell how many bytes there are', async () => {
    const dir = await filled()
    const files = [
      'Greeting/1.0.0',
      'Greeting/1.0.1',
      'Greeting/1.1.0',
      'Greeting/2.0.0',
      'mail@home/1.0.0',
    ]
    let bytes = 0
    for (const file of files)
      bytes += (await readFile(join(dir, `${file}.json`)).catch(() => Buffer.alloc(0))).length
    const stats = JSON.parse(
      (await runHere(['stats', '--bytes', '--json', '--dir', dir])).stdout,
    ) as object
    const verified = JSON.parse((await runHere(['verify', '--json', '--dir', dir])).stdout) as {
      checked_bytes: number
    }
    expect(verified.checked_bytes).toBeGreaterThan(0)
    expect(stats).toMatchObject({ total_versions: 5, total_bytes: verified.checked_bytes })
    expect(verified.checked_bytes).toBeGreaterThanOrEqual(bytes)
    const plain = JSON.parse((await runHere(['stats', '--json', '--dir', dir])).stdout) as object
    expect(plain).not.toHaveProperty('total_bytes')
  })
})

it('files are listed by the time of their last store', async () => {
  const dir = await tempDirectory()
  for (const key of ['m', 'a', 'z'])
    await runHere(['files', 'put', key, '--dir', dir], { input: key })
  const keys = async (...options: string[]) =>
    (await runHere(['files', 'ls', '--ndjson', ...options, '--dir', dir])).stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { key: string }).key)
  expect(await keys('--order', 'newest')).toEqual(['z', 'a', 'm'])
  expect(await keys('--order', 'oldest', '--limit', '2')).toEqual(['m', 'a'])
  expect(await keys()).toEqual(['a', 'm', 'z'])
  expect((await runHere(['files', 'ls', '--order', 'time', '--dir', dir])).code).toBe(2)
})

it('stats tells about the disk, with a status for one that has too little room', async () => {
  const dir = await filled()
  const stats = async (mb: string) =>
    await runHere(['stats', '--required-mb', mb, '--json', '--dir', dir])
  const enough = await stats('1')
  expect(enough.code).toBe(0)
  expect(JSON.parse(enough.stdout)).toMatchObject({ disk_space: { ok: true, required_mb: 1 } })
  const little = await stats('1000000000')
  expect(little.code).toBe(8)
  expect(JSON.parse(little.stdout)).toMatchObject({ disk_space: { ok: false } })
})

describe('help', () => {
  it.each(COMMANDS.map((path) => path.join(' ')))(
    'of "%s" fits in 80 columns and breaks no word',
    async (command) => {
      const argv = command === '' ? ['--help'] : [...command.split(' '), '--help']
      const { stdout } = await runHere(argv)
      expect(stdout.split('\n').filter((line) => displayWidth(line) > 80)).toEqual([])
      const wide = createEnvironment({ argv })
      Object.assign(wide.environment.stdout, { columns: 400 })
      await run(wide.environment)
      const words = (text: string) => new Set(text.split(/\s+/))
      expect([...words(stdout)].filter((word) => !words(wide.stdout()).has(word))).toEqual([])
    },
  )

  it('groups the commands', async () => {
    const { stdout } = await runHere(['--help'])
    expect(stdout.match(/^(Versions|Registry|Files|Care|Help):$/gm)).toHaveLength(5)
  })
})

it('an output that the disk refuses is told as that, with its status', async () => {
  const dir = await filled()
  for (const argv of [['ids'], ['get', 'Greeting'], ['list', 'Greeting']]) {
    const { environment, stderr } = createEnvironment({ argv: [...argv, '--dir', dir] })
    const full = new PassThrough({
      write: (_chunk, _encoding, done) => {
        done(
          Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' }),
        )
      },
    })
    Object.assign(environment, { stdout: full as unknown as WriteStream })
    expect(await run(environment)).toBe(8)
    expect(stderr()).toContain('error FS-IO-001 Cannot write the output: ENOSPC from write')
  }
})

it('each code of the command line is documented', async () => {
  const root = join(import.meta.dirname, '../../..')
  const source = await readFile(join(root, 'src/cli/errors.ts'), 'utf8')
  const documented = await readFile(join(root, 'docs/errors.md'), 'utf8')
  const codes = new Set(source.match(/CLI-[A-Z]+-\d{3}/g))
  expect(codes.size).toBeGreaterThan(4)
  expect([...codes].filter((code) => !documented.includes(`\`${code}\``))).toEqual([])
})
