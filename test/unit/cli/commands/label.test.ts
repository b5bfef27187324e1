import { describe, expect, it } from 'vitest'
import { filled, holdfast, holdfastJson } from '../here.js'

describe('holdfast label', () => {
  it('moves a label, lists it, and keeps its history', async () => {
    const dir = await filled()
    const label = async (command: string, ...argv: string[]) =>
      await holdfast(['label', command, 'Greeting', ...argv, '--dir', dir])
    expect(await label('set', 'live', '1.0.0', '--by', 'ada', '--reason', 'first')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Label live of Greeting: none -> 1.0.0\n',
    })
    expect((await label('set', 'next', 'latest')).code).toBe(0)
    expect((await label('set', 'live', '@next')).stderr).toContain('1.0.0 -> 2.0.0')
    expect((await label('set', 'live', '^2')).stderr).toContain('is at 2.0.0 already')
    const listed = await label('ls')
    for (const fact of ['live', 'next', '2.0.0', 'Since']) expect(listed.stdout).toContain(fact)
    expect((await label('rollback', 'live', '--reason', 'broken')).stderr).toContain(
      '2.0.0 -> 1.0.0',
    )
    expect((await label('rm', 'live')).stderr).toBe('Label live of Greeting: 1.0.0 -> none\n')
    expect((await label('ls')).stdout).not.toContain('live')
    const history = await holdfastJson(['label', 'history', 'Greeting', 'live', '--dir', dir])
    expect(history.document).toMatchObject({
      prompt_id: 'Greeting',
      label: 'live',
      moves: [
        { from: null, to: '1.0.0', by: 'ada', reason: 'first' },
        { from: '1.0.0', to: '2.0.0', by: null, reason: null },
        { from: '2.0.0', to: '1.0.0', reason: 'broken' },
        { from: '1.0.0', to: null },
      ],
    })
    const table = (await label('history', 'live')).stdout
    for (const fact of ['ada', 'first', 'broken', 'removed']) expect(table).toContain(fact)
    expect(table.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('prints each move as JSON, also one that changes nothing', async () => {
    const dir = await filled()
    const set = ['label', 'set', 'Greeting', 'live', '1.0.0', '--dir', dir]
    for (const [moved, from] of [
      [true, null],
      [false, '1.0.0'],
    ])
      expect((await holdfastJson(set)).document).toMatchObject({
        prompt_id: 'Greeting',
        label: 'live',
        from,
        to: '1.0.0',
        moved,
      })
    for (const command of [
      ['ls', 'Greeting'],
      ['history', 'Greeting', 'live'],
    ]) {
      const { stdout } = await holdfast(['label', ...command, '--ndjson', '--dir', dir])
      expect(JSON.parse(stdout)).toMatchObject({ prompt_id: 'Greeting', label: 'live' })
      const both = await holdfast(['label', ...command, '--ndjson', '--json', '--dir', dir])
      expect(both.code).toBe(2)
    }
  })

  it('moves only from the version that is expected', async () => {
    const dir = await filled()
    const set = async (version: string, expected: string) =>
      await holdfast(
        ['label', 'set', 'Greeting', 'live', version, '--expected', expected].concat('--dir', dir),
      )
    expect((await set('1.0.0', '1.0.1')).stderr).toContain('is at no version, expected 1.0.1')
    expect((await set('1.0.0', 'none')).code).toBe(0)
    expect((await set('1.0.1', 'none')).code).toBe(4)
    expect((await set('1.0.1', '1.0.0')).code).toBe(0)
    const rm = ['label', 'rm', 'Greeting', 'live', '--expected', '1.0.0', '--dir', dir]
    const refused = await holdfastJson(rm)
    expect(refused).toMatchObject({
      code: 4,
      document: { error: { code: 'OPT-LABEL-001', context: { reason: 'expected' } } },
    })
  })

  it.each([
    [['set', 'Greeting', 'live', '9.0.0'], 3, 'has no version 9.0.0; versions: 1.0.0, 1.0.1'],
    [['set', 'other', 'live', '1.0.0'], 3, 'There is no prompt other'],
    [['rm', 'Greeting', 'live'], 3, 'has no label @live'],
    [['history', 'Greeting', 'live'], 3, 'has no label @live'],
    [['rollback', 'Greeting', 'live'], 3, 'was never set'],
    [['set', 'Greeting', '@live', '1.0.0'], 2, "did you mean 'live'?"],
    [['set', 'Greeting', 'live', '1.0.0', '--expected', 'x'], 2, 'expected'],
  ])('ends with a reason for %j', async (argv, status, told) => {
    const { code, stderr } = await holdfast(['label', ...argv, '--dir', await filled()])
    expect(stderr).toContain(told)
    expect(code).toBe(status)
  })

  it('keeps a labelled version from being deleted', async () => {
    const dir = await filled()
    await holdfast(['label', 'set', 'Greeting', 'live', '1.0.0', '--dir', dir])
    const refused = await holdfast(['delete', 'Greeting', '1.0.0', '--yes', '--dir', dir])
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('OPT-LABEL-001')])
  })
})
