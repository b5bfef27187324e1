import { describe, expect, it } from 'vitest'
import { runHere } from './environment.js'
import { filled } from './here.js'
import { document } from './holdfast.js'

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
    [['Greeting', '@production'], '1.0.1'],
    [['Greeting@production'], '1.0.1'],
  ])('may be named as %j', async (named, text) => {
    const dir = await filled()
    await runHere(['label', 'set', 'Greeting', 'production', '~1.0', '--dir', dir])
    const { code, stdout, stderr } = await runHere(['get', ...named, '--text', '--dir', dir])
    expect([code, stdout, stderr]).toEqual([0, text, ''])
    expect((await runHere(['get', ...named, '--raw', '--dir', dir])).stdout).toContain(text)
  })

  it('is told to be none, with what there is or may have been meant', async () => {
    const dir = await filled()
    await runHere(['label', 'set', 'Greeting', 'production', '1.0.1', '--dir', dir])
    const known = 'versions: 1.0.0, 1.0.1, 1.1.0, 2.0.0; labels: @production (1.0.1)'
    for (const [argv, code, told] of [
      [['get', 'Greeting', '^3'], 3, `Prompt 'Greeting' has no version in the range ^3; ${known}`],
      [['get', 'Greeting', '9.0.0'], 3, `Prompt 'Greeting' has no version 9.0.0; ${known}`],
      [['latest', 'Greeting', '9.0.0'], 3, `has no version 9.0.0; ${known}`],
      [['delete', 'Greeting', '9.0.0', '--yes'], 3, `has no version 9.0.0; ${known}`],
      [
        ['get', 'Greeting@produktion'],
        3,
        `has no label @produktion; did you mean '@production'?; ${known}`,
      ],
      [['get', 'greeting'], 3, 'There is no prompt greeting; did you mean Greeting?'],
      [['get', 'Gretting@^1'], 3, 'There is no prompt Gretting; did you mean Greeting?'],
      [['get', 'mail@hom'], 3, 'There is no prompt mail; did you mean mail@home?'],
      [['list', 'Gretting'], 3, 'There is no prompt Gretting; did you mean Greeting?'],
      [['latest', 'Greetings'], 3, 'did you mean Greeting?'],
      [['delete', 'Greting', '1.0.0', '--yes'], 3, 'did you mean Greeting?'],
      [['list', 'quite-another'], 3, 'There is no prompt quite-another\n'],
      [['get', '@Greeting'], 3, 'There is no prompt @Greeting; did you mean Greeting?'],
      // A hint must not cost a wait: no such long id is compared.
      [['list', `Greetin${'g'.repeat(94)}`], 3, `There is no prompt Greetin${'g'.repeat(94)}\n`],
      [['get', 'Greeting', 'not a range'], 2, 'a label such as @production'],
      [['get', 'Greeting', 'production'], 2, "did you mean the label '@production'?"],
      [['restore', 'Greeting', '1.0.0'], 3, '--trash'],
    ] as const) {
      const ended = await runHere([...argv, '--dir', dir])
      expect(ended.stderr).toContain(told)
      expect(ended.code).toBe(code)
    }
  })

  it('is the highest stable one by default, and told to be none where all are pre-releases', async () => {
    const dir = await filled()
    const save = async (version: string, id = 'Greeting'): Promise<number> =>
      (await runHere(['save', '--prerelease', '--dir', dir], { input: document(id, version) })).code
    expect(await save('3.0.0-beta.1')).toBe(0)
    for (const named of [['Greeting'], ['Greeting', 'latest'], ['Greeting@latest']]) {
      expect((await runHere(['latest', ...named, '--dir', dir])).stdout).toBe('2.0.0\n')
      expect((await runHere(['get', ...named, '--text', '--dir', dir])).stdout).toBe('2.0.0')
    }
    expect(await save('1.0.0-rc.1', 'young')).toBe(0)
    const none = await runHere(['get', 'young', '--dir', dir])
    expect([none.code, none.stderr]).toEqual([
      3,
      expect.stringContaining("Every version of 'young' is a pre-release"),
    ])
    const named = await runHere(['latest', 'young', '>=1.0.0-0', '--dir', dir])
    expect(named.stdout).toBe('1.0.0-rc.1\n')
  })
})
