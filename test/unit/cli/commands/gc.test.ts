import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { runHere } from '../environment.js'
import { filled, holdfast, holdfastJson } from '../here.js'
import { document } from '../holdfast.js'

async function versions(dir: string, id = 'Greeting'): Promise<readonly string[]> {
  const { stdout } = await holdfast(['list', id, '--ndjson', '--dir', dir])
  const lines = stdout.trimEnd().split('\n')
  return lines.map((line) => (JSON.parse(line) as { version: string }).version)
}

describe('holdfast gc', () => {
  it('removes what no rule keeps, never the latest or a labelled version', async () => {
    const dir = await filled()
    await holdfast(['label', 'set', 'Greeting', 'live', '1.0.0', '--dir', dir])
    const argv = ['gc', '--keep-last', '1', '--dir', dir]
    const dry = await holdfast([...argv, '--dry-run'])
    expect(dry.stderr).toBe('Nothing was removed: it would be 2 of 5 versions\n')
    for (const fact of ['would be removed', 'label live', 'latest stable', 'mail@home'])
      expect(dry.stdout).toContain(fact)
    expect(dry.stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(await versions(dir)).toHaveLength(4)
    expect(await holdfast([...argv, '--yes'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Removed 2 of 5 versions\n',
    })
    expect(await versions(dir)).toEqual(['1.0.0', '2.0.0'])
    expect((await holdfast([...argv, '--yes'])).stderr).toBe('Removed 0 of 3 versions\n')
  })

  it('is for one prompt, into the trash, as JSON', async () => {
    const dir = await filled()
    const argv = ['gc', 'Greeting', '--keep-last', '1', '--pin', '1.0.0', '--trash', '--dir', dir]
    for (const [option, isDry] of [
      ['--dry-run', true],
      ['--yes', false],
    ] as const)
      expect(await holdfastJson([...argv, option])).toMatchObject({
        code: 0,
        document: {
          dry_run: isDry,
          prompts: [
            {
              prompt_id: 'Greeting',
              keep: [{ version: '1.0.0', reasons: ['pinned'] }, { version: '2.0.0' }],
              remove: [{ version: '1.0.1' }, { version: '1.1.0' }],
            },
          ],
        },
      })
    expect(await versions(dir)).toEqual(['1.0.0', '2.0.0'])
    expect((await holdfast(['restore', 'Greeting', '1.1.0', '--dir', dir])).code).toBe(0)
  })

  it('keeps versions by their time', async () => {
    const dir = await tempDirectory()
    const days = [40, 20.1, 20, 10, 1, 0]
    for (const [at, day] of days.entries()) {
      const created_at = new Date(Date.now() - day * 86_400_000).toISOString()
      const given = { ...(JSON.parse(document('p', `1.0.${at}`)) as object), created_at }
      await holdfast(['save', '--dir', dir], { input: JSON.stringify(given) })
    }
    const kept = async (...argv: string[]): Promise<readonly string[]> => {
      const plan = await holdfastJson(['gc', '--dry-run', ...argv, '--dir', dir])
      const { prompts } = plan.document as { prompts: { keep: { version: string }[] }[] }
      return (prompts[0]?.keep ?? []).map(({ version }) => version)
    }
    expect(await kept('--keep-younger-than', '15d')).toEqual(['1.0.3', '1.0.4', '1.0.5'])
    expect(await kept('--keep-younger-than', '36h')).toEqual(['1.0.4', '1.0.5'])
    expect(await kept('--keep-younger-than', '4w')).toHaveLength(5)
    expect(await kept('--daily', '2')).toEqual(['1.0.4', '1.0.5'])
    expect(await kept('--weekly', '9', '--monthly', '9')).toContain('1.0.0')
  })

  it('needs --yes where it cannot ask, and removes nothing without it', async () => {
    const dir = await filled()
    const argv = ['gc', '--keep-last', '1', '--dir', dir]
    const refused = await holdfast(argv)
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--yes')])
    expect((await runHere([...argv, '--yes', '--read-only'])).code).toBe(10)
    expect(await versions(dir)).toHaveLength(4)
  })

  it.each([
    [[], 2, 'Say what to keep'],
    [['--best', '3'], 2, 'Say what to keep'],
    [['--keep-last', '0'], 2, 'keepLast'],
    [['--keep-younger-than', '30'], 2, 'such as 30d, 12h or 4w'],
    [['--keep-last', '1', '--pin', '^1'], 2, 'pinned[0]'],
    [['Gretting', '--keep-last', '1'], 3, 'did you mean Greeting?'],
  ])('ends with a reason for %j', async (argv, status, told) => {
    const { code, stderr } = await holdfast(['gc', ...argv, '--yes', '--dir', await filled()])
    expect(stderr).toContain(told)
    expect(code).toBe(status)
  })
})
