import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { holdfast, holdfastJson } from '../here.js'

async function storeWith(prompts: Readonly<Record<string, string>>): Promise<string> {
  const dir = await tempDirectory()
  for (const [id, text] of Object.entries(prompts))
    await holdfast(['publish', id, '--text', text, '--label', 'live', '--dir', dir])
  return dir
}

describe('holdfast render', () => {
  it('prints the text with values from the command line and from a file', async () => {
    const dir = await storeWith({ p: 'Hello {{name}}, {{#n.day#}}: {{count}} {{raw}}' })
    const file = join(await tempDirectory(), 'values.json')
    await writeFile(file, '{"name":"replaced","#n.day#":"{{name}}","count":3,"raw":{"a":1}}')
    const argv = ['render', 'p@live', '--values', file, '--value', 'name=Bob=Bo', '--dir', dir]
    expect(await holdfast(argv)).toEqual({
      code: 0,
      stdout: 'Hello Bob=Bo, {{name}}: 3 {"a":1}',
      stderr: '',
    })
    const input = '{"name":"a","#n.day#":"b","count":0,"raw":""}'
    const typed = await holdfast(['render', 'p', '--values', '-', '--dir', dir], { input })
    expect(typed.stdout).toBe('Hello a, b: 0 ')
  })

  it('fills in the prompts that it includes, and says which', async () => {
    const dir = await storeWith({ rules: 'Be {{how}}.', p: 'Hi. {{> rules@live }}' })
    const argv = ['render', 'p', '1.0.0', '--value', 'how=kind', '--dir', dir]
    expect((await holdfast(argv)).stdout).toBe('Hi. Be kind.')
    expect((await holdfastJson(argv)).document).toEqual({
      prompt_id: 'p',
      version: '1.0.0',
      text: 'Hi. Be kind.',
      included: [{ id: 'rules', reference: '@live', version: '1.0.0' }],
    })
  })

  it('prints messages as JSON', async () => {
    const dir = await tempDirectory()
    const prompt = { messages: [{ role: 'user', content: 'Hi {{a}}' }], config: { top_k: 1 } }
    const input = JSON.stringify(prompt)
    await holdfast(['publish', 'chat', '--prompt', '--dir', dir], { input })
    const { stdout } = await holdfast(['render', 'chat', '--value', 'a=b', '--dir', dir])
    expect(JSON.parse(stdout)).toEqual({
      messages: [{ role: 'user', content: 'Hi b' }],
      config: { top_k: 1 },
    })
  })

  it.each([
    [['p'], 2, 'missing: "name"'],
    [['p', '--value', 'nam=x'], 2, 'surplus: "nam" (did you mean "name"?)'],
    [['p', '--value', 'name'], 2, '--value must be NAME=VALUE, got name'],
    [['p', '--values', '-'], 2, '- must be a JSON object'],
    [['lost', '--value', 'name=x'], 3, 'has no version @live'],
    [['loop'], 1, 'include each other in a cycle'],
    [['p@next'], 3, 'has no label @next'],
  ])('ends with a reason for %j', async (argv, status, told) => {
    const dir = await storeWith({
      p: 'Hello {{name}}',
      lost: '{{> none@live }}',
      loop: '{{> loop@live }}',
    })
    const { code, stdout, stderr } = await holdfast(['render', ...argv, '--dir', dir])
    expect(stderr).toContain(told)
    expect([code, stdout]).toEqual([status, ''])
  })

  it('ignores values without a placeholder only when asked', async () => {
    const dir = await storeWith({ p: 'Hello {{name}}' })
    const argv = ['render', 'p', '--value', 'name=x', '--value', 'other=y', '--dir', dir]
    expect((await holdfast(argv)).code).toBe(2)
    expect((await holdfast([...argv, '--allow-surplus'])).stdout).toBe('Hello x')
  })
})
