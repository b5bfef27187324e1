import { describe, expect, it } from 'vitest'
import { filled, holdfast, holdfastJson } from '../here.js'

async function record(dir: string, version: string): Promise<unknown> {
  const { document } = await holdfastJson(['log', 'Greeting', '--dir', dir])
  const { versions } = document as { versions: { version: string }[] }
  return versions.find((each) => each.version === version)
}

describe('holdfast tag', () => {
  it('adds and removes tags of the version that a reference names', async () => {
    const dir = await filled()
    const tag = async (...argv: string[]) =>
      await holdfast(['tag', 'Greeting', ...argv, '--dir', dir])
    expect(await tag('~1.0', '--add', 'good one', '--add', 'draft')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Tags of version 1.0.1 of Greeting: draft, good one\n',
    })
    expect((await tag('1.0.1', '--remove', 'draft', '--remove', 'unknown')).code).toBe(0)
    expect(await record(dir, '1.0.1')).toMatchObject({ tags: ['good one'] })
    const argv = ['tag', 'Greeting', '1.0.1', '--remove', 'good one', '--dir', dir]
    expect((await holdfastJson(argv)).document).toEqual({
      prompt_id: 'Greeting',
      version: '1.0.1',
      tags: [],
    })
  })

  it.each([
    [['Greeting', '1.0.0'], 2, 'Pass --add or --remove'],
    [['Greeting', '1.0.0', '--add', ' x'], 2, 'must be a tag'],
    [['Greeting', '9.0.0', '--add', 'x'], 3, 'has no version 9.0.0; versions: 1.0.0'],
    [['Gretting', '1.0.0', '--add', 'x'], 3, 'did you mean Greeting?'],
  ])('ends with a reason for %j', async (argv, status, told) => {
    const { code, stderr } = await holdfast(['tag', ...argv, '--dir', await filled()])
    expect(stderr).toContain(told)
    expect(code).toBe(status)
  })
})

describe('holdfast deprecate', () => {
  it('records who and why, which log shows, and can be undone', async () => {
    const dir = await filled()
    const deprecate = async (...argv: string[]) =>
      await holdfast(['deprecate', 'Greeting', '1.0.0', ...argv, '--dir', dir])
    expect((await deprecate('--by', 'ada', '--reason', 'Too long')).stderr).toBe(
      'Version 1.0.0 of Greeting is deprecated\n',
    )
    expect(await record(dir, '1.0.0')).toMatchObject({
      deprecated: { by: 'ada', reason: 'Too long' },
    })
    expect((await holdfast(['log', 'Greeting', '--dir', dir])).stdout).toContain(
      '    Deprecated by ada: Too long\n',
    )
    expect((await holdfast(['log', 'Greeting', '--graph', '--dir', dir])).stdout).toMatch(
      /^\* 1\.0\.0 +\(deprecated\)/m,
    )
    expect((await deprecate('--undo')).stderr).toBe('Version 1.0.0 of Greeting is not deprecated\n')
    expect(await record(dir, '1.0.0')).toMatchObject({ deprecated: null })
    expect((await deprecate('--undo')).code).toBe(0)
    expect((await deprecate('--undo', '--by', 'ada')).code).toBe(2)
  })

  it('prints what is recorded', async () => {
    const dir = await filled()
    const { document } = await holdfastJson(['deprecate', 'Greeting', 'latest', '--dir', dir])
    expect(document).toMatchObject({
      prompt_id: 'Greeting',
      version: '2.0.0',
      deprecated: { by: null, reason: null },
    })
  })

  it('ends with 3 for a version that does not exist', async () => {
    const argv = ['deprecate', 'Greeting', '9.0.0', '--dir', await filled()]
    expect((await holdfast(argv)).code).toBe(3)
    expect((await holdfast([...argv, '--undo'])).code).toBe(3)
  })
})
