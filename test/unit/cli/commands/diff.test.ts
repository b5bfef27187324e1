import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { runHere } from '../environment.js'
import { filled, holdfast, holdfastJson } from '../here.js'

describe('holdfast diff', () => {
  it('prints what changed, and what that means for callers', async () => {
    const dir = await tempDirectory()
    const config = (temperature: number): string => JSON.stringify({ temperature })
    for (const [text, number] of [
      ['Hello {{name}}\n', 0],
      ['Hello {{who}}\n', 1],
    ] as const) {
      const input = `{"text":${JSON.stringify(text)},"config":${config(number)}}`
      await holdfast(['publish', 'p', '--prompt', '--dir', dir], { input })
    }
    const { stdout, stderr } = await holdfast(['diff', 'p', '1.0.0', '--dir', dir])
    expect(stdout).toBe('/text\n-Hello {{name}}\n+Hello {{who}}\n/config/temperature: 0 -> 1\n')
    expect(stderr).toBe(
      'p 1.0.0 -> 2.0.0\nA major change: placeholder {{name}} was removed, placeholder {{who}} was added, config changed, words changed\n',
    )
    const { document } = await holdfastJson(['diff', 'p', '1.0.0', '2.0.0', '--dir', dir])
    expect(document).toMatchObject({
      prompt_id: 'p',
      from: '1.0.0',
      to: '2.0.0',
      same: false,
      suggested: { bump: 'major' },
      fields: [{ path: '/config/temperature', kind: 'changed', before: 0, after: 1 }],
    })
  })

  it('takes references, and colours words on a terminal', async () => {
    const dir = await filled()
    await holdfast(['label', 'set', 'Greeting', 'live', '1.0.0', '--dir', dir])
    const colored = await runHere(['diff', 'Greeting', '@live', '~1.0', '--dir', dir], {
      isTTY: true,
    })
    expect(colored.stdout).toContain(
      '1.0.\u001b[31m\u001b[9m0\u001b[29m\u001b[39m\u001b[32m1\u001b[39m\n',
    )
    const same = await holdfast(['diff', 'Greeting', 'latest', '--dir', dir])
    expect(same).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Versions 2.0.0 and 2.0.0 have the same prompt\n',
    })
  })

  it.each([
    [['Greeting', '1.0.0', '9.0.0'], 3, 'has no version 9.0.0; versions: 1.0.0'],
    [['Gretting', '1.0.0'], 3, 'did you mean Greeting?'],
    [['Greeting', 'what?'], 2, 'Argument "from" must be a version'],
  ])('ends with a reason for %j', async (argv, status, told) => {
    const { code, stderr } = await holdfast(['diff', ...argv, '--dir', await filled()])
    expect(stderr).toContain(told)
    expect(code).toBe(status)
  })
})
