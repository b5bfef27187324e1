import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast, holdfastJson } from '../here.js'

const TIMES = /\d{4}-\d\d-\d\dT[\d:.]+Z/g

async function published(): Promise<string> {
  const dir = await tempDirectory()
  await holdfast(['publish', 'p', '--text', 'one', '--author', 'ada', '--dir', dir])
  const more = ['--label', 'live', '--tag', 'short', '--message', 'Say more']
  await holdfast(['publish', 'p', '--text', 'one\ntwo\u001b[2J', ...more, '--dir', dir])
  return dir
}

describe('holdfast show', () => {
  it('prints what is known of a version, and its text with control characters escaped', async () => {
    const dir = await published()
    const { code, stdout } = await holdfast(['show', 'p@live', '--dir', dir])
    expect(code).toBe(0)
    expect(stdout.replaceAll(TIMES, 'TIME')).toBe(`1.0.1  @live  #short
    TIME from 1.0.0
    Say more

one
two\\u001b[2J
`)
    const first = await holdfast(['show', 'p', '1.0.0', '--dir', dir])
    expect(first.stdout.replaceAll(TIMES, 'TIME')).toBe('1.0.0\n    TIME by ada\n\none\n')
  })

  it('prints messages below their roles', async () => {
    const dir = await tempDirectory()
    const content = {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: '{{question}}' },
      ],
    }
    const input = JSON.stringify(content)
    await holdfast(['publish', 'p', '--prompt', '--dir', dir], { input })
    const { stdout } = await holdfast(['show', 'p', '--dir', dir])
    expect(stdout).toMatch(/\n\nsystem:\nBe brief\.\n\nuser:\n\{\{question\}\}\n$/)
  })

  it('prints the record with the document as JSON', async () => {
    const dir = await published()
    const { document } = await holdfastJson(['show', 'p', '--dir', dir])
    expect(document).toMatchObject({
      prompt_id: 'p',
      version: '1.0.1',
      labels: ['live'],
      document: { version: '1.0.1', prompt: { text: 'one\ntwo\u001b[2J' } },
    })
  })

  it('says which versions there are if there is none of the number', async () => {
    const dir = await published()
    const { code, stderr } = await holdfast(['show', 'p', '9.0.0', '--dir', dir])
    expect(code).toBe(3)
    expect(stderr).toContain('9.0.0')
  })
})
