import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { BIN, document, ended, holdfast as spawned, start } from '../holdfast.js'
import { filled, holdfast, holdfastJson } from '../here.js'

/** A filled store with labels, and an empty place beside a state file. */
async function ends(): Promise<{ args: string[]; from: string; to: string; directory: string }> {
  const [dir, directory] = [await filled(), await tempDirectory()]
  await holdfast(['label', 'set', '--dir', dir, 'Greeting', 'production', '1.1.0', '--by', 'ada'])
  const [from, to] = [`file:${dir}`, `sqlite:${join(directory, 'to.db')}`]
  const args = ['--from', from, '--to', to, '--state', join(directory, 'state.jsonl')]
  return { args, from, to, directory }
}

/** Resolves when a migration has written something, and waits for its rate. */
async function begun(directory: string): Promise<void> {
  const state = join(directory, 'state.jsonl')
  while (!(await readFile(state, 'utf8').catch(() => '')).includes('"change"')) await sleep(20)
  await sleep(200)
}

describe('holdfast migrate', () => {
  it('copies a store, and says what it did', async () => {
    const { args, from, to } = await ends()
    const dry = await holdfast(['migrate', ...args, '--dry-run'])
    expect(dry).toMatchObject({ code: 0 })
    expect(dry.stdout).toMatch(/^Would migrate 2 prompts, 5 versions: 5 copied/)
    const real = await holdfast(['migrate', ...args, '--validate'])
    expect(real.stdout).toBe(
      'Migrated 2 prompts, 5 versions: 5 copied, 0 were there already, labels and histories of 1 prompt\n' +
        'Read back 5 versions: 0 differences\n',
    )
    const again = await holdfastJson(['migrate', ...args])
    expect(again).toMatchObject({ code: 0, document: { copied: 0, already_there: 5 } })
    const moves = await holdfast(['label', 'history', '--store', to, 'Greeting', '--json'])
    expect(moves.stdout).toBe(
      (await holdfast(['label', 'history', '--store', from, 'Greeting', '--json'])).stdout,
    )
  })

  it('goes on after a kill', async () => {
    const { args, to, directory } = await ends()
    const child = start(['migrate', ...args, '--rate', '1'])
    await begun(directory)
    child.kill('SIGKILL')
    await ended(child)
    const { code, document: report } = await holdfastJson(['migrate', ...args, '--validate'])
    expect({ code, report }).toMatchObject({
      code: 0,
      report: { versions: 5, validation: { differences: [] } },
    })
    expect((await holdfast(['ids', '--store', to])).stdout).toBe('Greeting\nmail@home\n')
  })

  it('ends at a signal, and says how far it is', async () => {
    const { args, directory } = await ends()
    const child = start(['migrate', ...args, '--rate', '1'])
    await begun(directory)
    child.kill('SIGTERM')
    const { code, stderr } = await ended(child)
    expect(code).toBe(143)
    expect(stderr).toMatch(/\d of 5 versions copied or compared; run it again to go on/)
  })

  it('reports conflicts with status 4, and overwrites nothing', async () => {
    const { args, to } = await ends()
    await holdfast(['save', '--store', to], { input: document('Greeting', '1.0.0', 'another') })
    const dry = await holdfast(['migrate', ...args, '-n'])
    expect(dry.code).toBe(4)
    expect(dry.stdout).toMatch(/Greeting +│ 1\.0\.0 +│ content/)
    const real = await holdfastJson(['migrate', ...args])
    expect(real).toMatchObject({ code: 4, document: { error: { code: 'OPT-VER-001' } } })
    const text = await holdfast(['get', '--store', to, 'Greeting', '1.0.0', '--text'])
    expect(text.stdout).toBe('another')
  })

  it('takes and writes files of JSON', async () => {
    const { from, directory } = await ends()
    const file = join(directory, 'export.json')
    const state = ['--state', join(directory, 'other.jsonl')]
    expect(
      await holdfast(['migrate', '--from', from, '--to', `json:${file}`, ...state]),
    ).toMatchObject({ code: 0 })
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ format_version: 2 })
    const copy = `file:${join(directory, 'copy')}`
    const third = ['--state', join(directory, 'third.jsonl')]
    await holdfast(['migrate', '--from', `json:${file}`, '--to', copy, ...third])
    const compared = await holdfastJson(['migrate', 'verify', '--from', from, '--to', copy])
    expect(compared).toEqual({ code: 0, document: { prompts: 2, versions: 5, differences: [] } })
  })

  it('names what is missing in its arguments', async () => {
    expect(await holdfastJson(['migrate', '--to', 'memory:'])).toMatchObject({
      code: 2,
      document: { error: { message: expect.stringContaining('--from is missing') } },
    })
    const { from } = await ends()
    const memory = await holdfastJson(['migrate', '--from', from, '--to', 'memory:'])
    expect(memory).toMatchObject({ code: 2 })
    const rate = await holdfastJson(['migrate', '--from', from, '--to', 'file:x', '--rate', 'x'])
    expect(rate).toMatchObject({ code: 2 })
  })

  it('is a command of the program that is installed', async () => {
    expect(BIN).toMatch(/holdfast\.js$/)
    const { stdout } = await spawned(['migrate', '--help'])
    expect(stdout).toContain('verify [options]')
  })
})

describe('holdfast migrate verify', () => {
  it('counts, and fails for another count or content with status 5', async () => {
    const { args, from, to } = await ends()
    await holdfast(['migrate', ...args])
    const ok = await holdfast(['migrate', 'verify', '--to', to, '--expected-count', '5'])
    expect(ok).toMatchObject({ code: 0, stdout: '2 prompts, 5 versions, 0 differences\n' })
    const other = await holdfastJson(['migrate', 'verify', '--to', to, '--expected-count', '6'])
    expect(other).toMatchObject({ code: 5, document: { versions: 5, expected_versions: 6 } })
    await holdfast(['save', '--store', to], { input: document('Greeting', '3.0.0', 'new') })
    const compared = await holdfast(['migrate', 'verify', '--from', from, '--to', to])
    expect(compared.code).toBe(5)
    expect(compared.stdout).toMatch(/Greeting +│ 3\.0\.0 +│ extra/)
  })
})

describe('holdfast migrate rollback', () => {
  it('removes what was added, and keeps what was changed since', async () => {
    const { args, to, directory } = await ends()
    await holdfast(['migrate', ...args])
    await holdfast(['save', '--store', to], { input: document('Greeting', '3.0.0', 'new') })
    const kept = await holdfastJson(['migrate', 'rollback', ...args])
    expect(kept).toMatchObject({ code: 4, document: { prompts: 1, removed: 1 } })
    expect((await holdfast(['ids', '--store', to])).stdout).toBe('Greeting\n')
    await holdfast(['delete', '--store', to, 'Greeting', '3.0.0', '--yes'])
    await writeFile(join(directory, 'notes'), 'not a state\n')
    const foreign = await holdfastJson([
      'migrate',
      'rollback',
      ...args.slice(0, 4),
      '--state',
      join(directory, 'notes'),
    ])
    expect(foreign).toMatchObject({ code: 1, document: { error: { code: 'FS-FORMAT-001' } } })
  })

  it('of a whole migration leaves nothing', async () => {
    const { args, to } = await ends()
    await holdfast(['migrate', ...args])
    const { code, stdout } = await holdfast(['migrate', 'rollback', ...args])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Rolled back 2 prompts, removed 5 versions\n',
    })
    expect((await holdfast(['ids', '--store', to])).stdout).toBe('')
  })
})
