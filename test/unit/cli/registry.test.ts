import { describe, expect, it } from 'vitest'
import { runHere } from './environment.js'
import { filled } from './here.js'

describe('HOLDFAST_PROTECTED_LABELS', () => {
  const variables = { HOLDFAST_PROTECTED_LABELS: ' production, eu.live ,' }

  it('names labels that move with --allow-protected and a reason only', async () => {
    const dir = await filled()
    const set = async (...argv: string[]) =>
      await runHere(['label', 'set', 'Greeting', ...argv, '--dir', dir], { variables })
    expect((await set('staging', '1.0.0')).code).toBe(0)
    for (const label of ['production', 'eu.live']) {
      for (const options of [[], ['--allow-protected'], ['--reason', 'reviewed']]) {
        const refused = await set(label, '1.0.0', ...options)
        expect(refused.code).toBe(4)
        expect(refused.stderr).toMatch(
          /^error OPT-LABEL-001 Label '.+' of prompt Greeting is protected \(HOLDFAST_PROTECTED_LABELS\): pass --allow-protected, and say why/,
        )
      }
      expect((await set(label, '1.0.0', '--allow-protected', '--reason', 'reviewed')).code).toBe(0)
    }
  })

  it('protects labels from publish, too', async () => {
    const dir = await filled()
    const publish = async (...argv: string[]) =>
      await runHere(['publish', 'Greeting', '--label', 'production', ...argv, '--dir', dir], {
        variables,
      })
    const refused = await publish('--text', 'new', '--json')
    expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([
      4,
      {
        error: { code: 'OPT-LABEL-001', context: { labels: ['production'], reason: 'protected' } },
      },
    ])
    expect((await runHere(['latest', 'Greeting', '--dir', dir])).stdout).toBe('2.0.0\n')
    const done = await publish('--text', 'new', '--allow-protected', '--message', 'reviewed')
    expect(done.code).toBe(0)
  })

  it('is refused with status 2 if it names something else', async () => {
    const dir = await filled()
    const { code, stderr } = await runHere(['label', 'ls', 'Greeting', '--dir', dir], {
      variables: { HOLDFAST_PROTECTED_LABELS: 'Production' },
    })
    expect([code, stderr]).toEqual([2, expect.stringContaining("did you mean 'production'?")])
  })
})

it('a prompt that does not exist is named with the nearest one', async () => {
  const dir = await filled()
  const { code, stderr } = await runHere(['label', 'ls', 'Gretting', '--dir', dir])
  expect([code, stderr]).toEqual([
    3,
    'error OPT-VER-002 There is no prompt Gretting; did you mean Greeting?\n',
  ])
})
