import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { copyWithoutBinaries } from '../../support/copy-package.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows, NO_FLOCK, NO_SIGNALS } from '../../support/windows.js'
import {
  BIN,
  document,
  ended,
  type Ended,
  hasTerminals,
  holdfast,
  holdfastJson,
  plainEnvironment,
  start,
} from './holdfast.js'

const NO_SHELL = 'needs a shell with pipes, and /dev/full'

/** Runs a shell line in which $HOLDFAST is the command. */
async function shell(line: string, cwd: string): Promise<{ code: Ended['code']; output: string }> {
  const env = { ...plainEnvironment(), HOLDFAST: `'${process.execPath}' '${BIN}'` }
  const child = spawn('bash', ['-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const { code, stdout, stderr } = await ended(child)
  return { code, output: stdout + stderr }
}

async function manyWorkflows(count: number): Promise<string> {
  const files = join(await tempDirectory(), 'flows')
  await mkdir(files)
  for (let index = 0; index < count; index += 1) {
    const nodes = Array.from({ length: 50 }, (_, node) => ({
      id: `n${node}`,
      data: {
        type: 'llm',
        prompt_template: [{ role: 'system', text: `Prompt ${node} ${'x'.repeat(500)}` }],
      },
    }))
    const flow = { app: { name: `flow${index}` }, workflow: { graph: { nodes } } }
    await writeFile(join(files, `${index}.yml`), JSON.stringify(flow))
  }
  return files
}

describe('holdfast as a process', () => {
  it('says nothing when the reader of its output goes away', async ({ skip }) => {
    skip(isWindows, NO_SHELL)
    const dir = await tempDirectory()
    await holdfast(['save', '--dir', dir], { input: document('p', '1.0.0', 'x'.repeat(90_000)) })
    const { output } = await shell(
      `eval $HOLDFAST get p --dir "${dir}" | head -c 10; echo " \${PIPESTATUS[0]}"`,
      dir,
    )
    expect(output).toBe('{\n  "versi 0\n')
  })

  it('ends with 8 when the disk of its output is full', async ({ skip }) => {
    skip(isWindows, NO_SHELL)
    const dir = await tempDirectory()
    await holdfast(['save', '--dir', dir], { input: document('p', '1.0.0') })
    const { code, output } = await shell(`eval $HOLDFAST get p --dir "${dir}" > /dev/full`, dir)
    expect(code).toBe(8)
    expect(output).toContain('error FS-IO-001 Cannot write the output: ENOSPC')
  })

  // Windows has no signals that a process could answer.
  it.skipIf(isWindows).each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at once on %s while it waits for its input', async (signal, exitCode) => {
    const dir = await tempDirectory()
    const child = start(['save', '--dir', dir, '--json'])
    const end = ended(child)
    // More than a pipe holds: once all of it is written, the command is reading.
    await new Promise((resolve) => child.stdin?.write('x'.repeat(1_000_000), resolve))
    child.kill(signal)
    const { code, stdout } = await end
    expect(code).toBe(exitCode)
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'CLI-INTERRUPTED-001', retryable: true },
    })
    expect(await readdir(dir)).toEqual([])
  })

  it('closes the store cleanly on Ctrl-C in the middle of an import, and completes it the next time', async ({
    skip,
  }) => {
    skip(isWindows, NO_SIGNALS)
    const files = await manyWorkflows(100)
    const dir = join(await tempDirectory(), 'store')
    const child = start(['import', files, '--dir', dir])
    const end = ended(child)
    await untilPromptFiles(dir, 20)
    child.kill('SIGINT')
    const { code, stderr } = await end
    expect(code).toBe(130)
    expect(stderr).toContain('error CLI-INTERRUPTED-001 Ended by SIGINT')
    const ids = (await holdfast(['ids', '--dir', dir])).stdout.trimEnd().split('\n')
    expect(ids.length).toBeGreaterThanOrEqual(20)
    expect(ids.length).toBeLessThan(5_000)
    expect(stderr).toContain(`${ids.length} of 5000 saved; run it again to go on`)
    const records = (await readdir(dir)).filter((name) => name.startsWith('holdfast%3aworkflow'))
    expect(await holdfastJson(['verify', '--dir', dir])).toMatchObject({
      code: 0,
      document: { checked: ids.length + records.length, findings: [] },
    })
    const { document: report } = await holdfastJson(['import', files, '--dir', dir])
    expect(report).toMatchObject({ totals: { created: 5_000 - ids.length, unchanged: ids.length } })
  })

  it('ends with 6 when another process holds the lock for too long', async ({ skip }) => {
    skip(isWindows, NO_FLOCK)
    const dir = await tempDirectory()
    await holdfast(['save', '--dir', dir], { input: document('p', '1.0.0') })
    const release = await lockFromOutside(join(dir, '.lock'))
    const saving = await holdfastJson(['save', '--dir', dir, '--lock-timeout-ms', '300'], {
      input: document('p', '1.0.1'),
    })
    expect(saving.code).toBe(6)
    expect(saving.document).toMatchObject({ error: { code: 'FS-LOCK-001', retryable: true } })
    await release()
    expect((await holdfast(['save', '--dir', dir], { input: document('p', '1.0.1') })).code).toBe(0)
  })

  it('ends with 7 when the addon is asked for and is not there, and works without it otherwise', async () => {
    const copy = await copyWithoutBinaries()
    const bin = join(copy, 'dist/bundled/holdfast.js')
    const save = ['save', '--dir', join(copy, 'store')]
    const options = { input: document('p', '1.0.0'), bin }
    for (const wish of [
      { args: ['--disk', 'native'] },
      { args: [], env: { HOLDFAST_NATIVE: 'require' } },
    ]) {
      const refused = await holdfastJson([...save, ...wish.args], { ...options, ...wish })
      expect(refused.code).toBe(7)
      expect(refused.document).toMatchObject({
        error: {
          code: 'FS-IO-001',
          message: expect.stringMatching(/holdfast\.(glibc\.|musl\.)?node/),
        },
      })
    }
    expect((await holdfast(save, options)).code).toBe(0)
    expect((await holdfast(['--version'], options)).stdout).toContain('no native addon')
  })

  it('ends with 8 when the disk is full, and says so', async (context) => {
    if (process.getuid?.() !== 0)
      context.skip('Only root may mount the small file system that this test fills')
    const dir = await tempDirectory()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m,mode=700', 'tmpfs', dir])
    try {
      const full = await holdfastJson(['save', '--dir', dir], { input: document('p', '1.0.0') })
      expect(full.code).toBe(8)
      expect(full.document).toMatchObject({
        error: { code: 'FS-IO-001', context: { reason: 'disk_space' } },
      })
    } finally {
      execFileSync('umount', [dir])
    }
  })

  it.each([
    [['--portable'], {}],
    [['--disk', 'portable'], {}],
    [[], { HOLDFAST_NATIVE: 'off' }],
  ])('works without the addon when it is told to: %j %j', async (args, env) => {
    const dir = await tempDirectory()
    const saved = await holdfast(['save', '--dir', dir, ...args], {
      input: document('p', '1.0.0'),
      env,
    })
    expect(saved.code).toBe(0)
    expect((await holdfast(['get', 'p', '--text', '--dir', dir])).stdout).toBe('Hello')
  })

  it('lets eight processes import the same files at the same time without losing or doubling one', async () => {
    const files = await manyWorkflows(2)
    const dir = join(await tempDirectory(), 'store')
    const ends = await Promise.all(
      Array.from(
        { length: 8 },
        async () => await holdfast(['import', files, '--dir', dir, '--quiet']),
      ),
    )
    expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 0))
    const { document: stats } = await holdfastJson(['stats', '--dir', dir])
    // Each of the two workflows has a record.
    expect(stats).toMatchObject({ total_prompts: 102, total_versions: 102 })
  })
})

describe.skipIf(!hasTerminals)('holdfast on a terminal', () => {
  it.each([
    ['y', 'Deleted version 1.0.0 of p', 3],
    ['n', 'Nothing was deleted', 0],
    ['', 'Nothing was deleted', 0],
  ])(
    'asks before it deletes, and does what is answered: %j',
    async (answer, message, codeOfGet) => {
      const dir = await tempDirectory()
      await holdfast(['save', '--dir', dir], { input: document('p', '1.0.0') })
      const { output, code } = await onTerminal(`delete p 1.0.0 --dir "${dir}"`, `${answer}\r`)
      expect(output).toContain('Delete version 1.0.0 of p? [y/N]')
      expect(output).toContain(message)
      expect(code).toBe(0)
      expect((await holdfast(['get', 'p', '--dir', dir])).code).toBe(codeOfGet)
    },
  )

  it('shows colours, and a bar while it does long work', async () => {
    const files = await manyWorkflows(4)
    const dir = join(await tempDirectory(), 'store')
    const { output, code } = await onTerminal(`import "${files}" --dir "${dir}"`, '')
    expect(code).toBe(0)
    expect(output).toMatch(/\d+% \d+\/200/)
    expect(output).toContain('\u001b[1m')
    const short = await onTerminal(`import "${await manyWorkflows(1)}" --dir "${dir}2"`, '')
    expect(short.output).not.toMatch(/\d+% \d+\/50/)
  })
})

/** Runs the command on a pseudo terminal and types the answer once something is printed. */
async function onTerminal(
  line: string,
  answer: string,
): Promise<{ code: Ended['code']; output: string }> {
  const command = `'${process.execPath}' '${BIN}' ${line}`
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...plainEnvironment(), TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  if (answer !== '') void once(child.stdout, 'data').then(() => child.stdin.write(answer))
  const { code, stdout } = await ended(child)
  return { code, output: stdout }
}

async function untilPromptFiles(dir: string, count: number): Promise<void> {
  for (;;) {
    const names = await readdir(dir).catch(() => [])
    if (names.filter((name) => name.startsWith('flow')).length >= count) return
    await sleep(2)
  }
}

/** Takes the kernel lock with the tool of the system: what it holds, no other process has. */
async function lockFromOutside(path: string): Promise<() => Promise<void>> {
  const child = spawn(
    'flock',
    ['--exclusive', '--nonblock', path, 'sh', '-c', 'echo locked; cat'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  await once(child.stdout, 'data')
  return async () => {
    child.stdin.end()
    await once(child, 'close')
  }
}
