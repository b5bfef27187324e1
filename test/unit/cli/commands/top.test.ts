import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { filled, holdfast, holdfastJson } from '../here.js'
import { BIN, ended, hasTerminals, plainEnvironment, start } from '../holdfast.js'

const ONCE = ['top', '--once', '--interval-ms', '100', '--dir']

describe('holdfast top', () => {
  it('looks once and exits', async () => {
    const dir = await filled()
    const { code, stdout } = await holdfast([...ONCE, dir])
    expect(code).toBe(0)
    expect(stdout).toContain('2 prompts, 5 versions')
    expect(stdout).toContain('0.0 per second')
    expect(stdout).not.toContain('\u001b')
    const { document } = await holdfastJson([...ONCE, dir])
    expect(document).toMatchObject({ versions: 5, commits_per_second: 0, processes: 0 })
  })

  it('prints a line for each look where there is no terminal, until a signal', async () => {
    const dir = await filled()
    const child = start(['top', '--interval-ms', '100', '--dir', dir])
    const outcome = ended(child)
    if (child.stdout === null) throw new Error('The output is not piped')
    for (let seen = 0; seen < 3; seen++) await once(child.stdout, 'data')
    child.kill('SIGINT')
    const { code, stdout } = await outcome
    expect(code).toBe(130)
    expect(stdout.trim().split('\n').length).toBeGreaterThanOrEqual(3)
    for (const line of stdout.trim().split('\n')) expect(line).toMatch(/^\S+Z versions=5 commits/)
  })

  it.skipIf(!hasTerminals).each(['q', '\u0003'])(
    'is drawn in place on a terminal, and ends with %j',
    async (key) => {
      const dir = await filled()
      const line = `'${process.execPath}' '${BIN}' top --interval-ms 100 --dir '${dir}'`
      const child = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
        env: { ...plainEnvironment(), TERM: 'xterm', SHELL: '/bin/sh' },
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      const outcome = ended(child)
      let seen = ''
      let isPressed = false
      child.stdout.on('data', (chunk: Buffer) => {
        seen += chunk.toString()
        if (isPressed || seen.split('q ends').length <= 2) return
        isPressed = true
        child.stdin.write(key)
      })
      const { code, stdout } = await outcome
      expect(code).toBe(0)
      expect(stdout).toContain('\u001b[2J\u001b[H')
      expect(stdout.split('\u001b[H').length).toBeGreaterThan(2)
    },
  )

  it('refuses an interval that is too short, and more than one JSON document', async () => {
    expect((await holdfast(['top', '--interval-ms', '1', '--dir', 'x'])).code).toBe(2)
    expect((await holdfast(['top', '--json', '--dir', 'x'])).code).toBe(2)
    expect((await holdfast(['top', '--once', '--dir', '/nowhere-at-all'])).code).toBe(3)
  })
})

describe('holdfast stats --watch', () => {
  it('prints the statistics again and again', async () => {
    const dir = await filled()
    const line = ['stats', '--watch', '--ndjson', '--interval-ms', '100', '--dir', dir]
    const child = start(line)
    const outcome = ended(child)
    if (child.stdout === null) throw new Error('The output is not piped')
    for (let seen = 0; seen < 2; seen++) await once(child.stdout, 'data')
    child.kill('SIGTERM')
    const { code, stdout } = await outcome
    expect(code).toBe(143)
    const [first = '', second = ''] = stdout.split('\n')
    for (const text of [first, second])
      expect(JSON.parse(text)).toMatchObject({ total_versions: 5 })
    expect((await holdfast([...line, '--json'])).code).toBe(2)
  })
})
