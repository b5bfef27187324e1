import { describe, expect, it } from 'vitest'
import { filled, holdfast, holdfastJson } from '../here.js'

describe('holdfast search', () => {
  it('finds versions of all prompts by everything that is asked for', async () => {
    const dir = await filled()
    const options = ['--label', 'live', '--tag', 'short', '--author', 'ada', '--message', 'Why']
    await holdfast(['publish', 'other', '--text', 'Hello MAIL', ...options, '--dir', dir])
    const found = async (...argv: string[]): Promise<readonly string[]> => {
      const { document } = await holdfastJson(['search', ...argv, '--dir', dir])
      const { versions } = document as { versions: { prompt_id: string; version: string }[] }
      return versions.map(({ prompt_id, version }) => `${prompt_id} ${version}`)
    }
    expect(await found('mail')).toEqual(['mail@home 1.0.0', 'other 1.0.0'])
    expect(await found('mail', '--author', 'tester')).toEqual(['mail@home 1.0.0'])
    expect(await found('why')).toEqual(['other 1.0.0'])
    for (const argv of [
      ['--label', 'live'],
      ['--tag', 'short'],
      ['--prefix', 'oth'],
    ])
      expect(await found(...argv)).toEqual(['other 1.0.0'])
    expect(await found('mail', '--limit', '1')).toEqual(['mail@home 1.0.0'])
    expect(await found('nothing like it')).toEqual([])
    expect(await found()).toHaveLength(6)
  })

  it('prints a table, and one JSON value per line', async () => {
    const dir = await filled()
    const message = 'A message that is too long for the table '.repeat(3)
    const argv = ['--text', 'x', '--label', 'live', '--message', message, '--dir', dir]
    await holdfast(['publish', 'Greeting', ...argv])
    const { stdout } = await holdfast(['search', '--label', 'live', '--dir', dir])
    for (const fact of ['Greeting', '2.0.1', 'live', 'message']) expect(stdout).toContain(fact)
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    const lines = await holdfast(['search', '--label', 'live', '--ndjson', '--dir', dir])
    expect(JSON.parse(lines.stdout)).toMatchObject({ prompt_id: 'Greeting', version: '2.0.1' })
  })

  it.each([
    ['--json', '--ndjson'],
    ['--label', 'Live'],
    ['--tag', ''],
    ['--limit', 'x'],
  ])('ends with 2 for %s %s', async (...argv) => {
    expect((await holdfast(['search', ...argv, '--dir', await filled()])).code).toBe(2)
  })
})
