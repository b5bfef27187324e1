import { describe, expect, it } from 'vitest'
import { runHere } from './environment.js'
import { filled } from './here.js'

describe('the version of a prompt', () => {
  it.each([
    [['Greeting', 'latest'], '2.0.0'],
    [['Greeting', '^1'], '1.1.0'],
    [['Greeting', '1.0'], '1.0.1'],
    [['Greeting', '>=1.0.1 <1.1'], '1.0.1'],
    [['Greeting@1.0.0'], '1.0.0'],
    [['Greeting@~1.0'], '1.0.1'],
    [['Greeting@latest'], '2.0.0'],
    [['mail@home'], 'mail'],
    [['mail@home@^1'], 'mail'],
  ])('may be named as %j', async (named, text) => {
    const dir = await filled()
    const { code, stdout, stderr } = await runHere(['get', ...named, '--text', '--dir', dir])
    expect([code, stdout, stderr]).toEqual([0, text, ''])
    expect((await runHere(['get', ...named, '--raw', '--dir', dir])).stdout).toContain(text)
  })

  it('is told to be none, with what there is or may have been meant', async () => {
    const dir = await filled()
    for (const [argv, code, told] of [
      [
        ['get', 'Greeting', '^3'],
        3,
        'There is no version ^3 of prompt Greeting; the latest is 2.0.0',
      ],
      [['get', 'Greeting', '9.0.0'], 3, 'no version 9.0.0 of prompt Greeting; the latest is 2.0.0'],
      [['get', 'greeting'], 3, 'There is no prompt greeting; did you mean Greeting?'],
      [['list', 'Gretting'], 3, 'There is no prompt Gretting; did you mean Greeting?'],
      [['latest', 'Greetings'], 3, 'did you mean Greeting?'],
      [['delete', 'Greting', '1.0.0', '--yes'], 3, 'did you mean Greeting?'],
      [['list', 'quite-another'], 3, 'There is no prompt quite-another\n'],
      [['get', '@Greeting'], 3, 'There is no prompt @Greeting; did you mean Greeting?'],
      // A hint must not cost a wait: no such long id is compared.
      [['list', `Greetin${'g'.repeat(94)}`], 3, `There is no prompt Greetin${'g'.repeat(94)}\n`],
      [['get', 'Greeting', 'not a range'], 2, 'a range such as ^1.0 or 1.x, or latest'],
      [['restore', 'Greeting', '1.0.0'], 3, '--trash'],
    ] as const) {
      const ended = await runHere([...argv, '--dir', dir])
      expect(ended.stderr).toContain(told)
      expect(ended.code).toBe(code)
    }
  })
})
