import { describe, expect, it } from 'vitest'
import type { TextFile } from '../../../src/interchange/directory.js'
import type { Item, OtherItem } from '../../../src/interchange/item.js'
import { completePrompt, promptWithVariables } from '../../../src/interchange/prompt-file.js'
import { formatPromptfoo, parsePromptfoo } from '../../../src/interchange/promptfoo.js'

/** As configurations are written by people. */
const CONFIG = `# yaml-language-server: $schema=https://promptfoo.dev/config-schema.json
description: Translations
prompts:
  - 'Translate to {{language}}: {{input}}'
  - |
    Be brief.
    Translate: {{input}}
  - file://prompts/*.txt
  - id: file://chat.json
    label: chat
    config:
      temperature: 0.2
  - label: inline
    raw: '[{"role": "system", "content": "Be kind"}, {"role": "user", "content": "{{input}}"}]'
  - prompts/two.txt
  - file://make.py:create
  - langfuse://greeting@production
  - file://prompts/missing.txt
  - 3
providers: [openai:gpt-4o-mini]
tests:
  - vars: { language: French, input: Hello }
`

const FILES: Readonly<Record<string, string>> = {
  'prompts/one.txt': 'One {{a}}\n',
  'prompts/two.txt': 'First\n---\nSecond {{b}}\r\n ---\n\n',
  'chat.json': '[{"role":"user","content":"Hi {{name}}"}]',
  'chat.yaml': '- role: user\n  content: Hi\n',
  'page.md': '# Title\n\n---\nText',
  'make.py': 'def create(): pass',
  'wrong.yaml': 'a: 1',
  'template.json': '[{"role": "user", "content": {{ input | dump }}}]',
  'empty.txt': '\n',
}

async function* readFiles(pattern: string): AsyncGenerator<TextFile | OtherItem> {
  await Promise.resolve()
  const path = pattern.split(':')[0] ?? ''
  const names = pattern === 'prompts/*.txt' ? ['prompts/one.txt', 'prompts/two.txt'] : [path]
  for (const name of names) {
    const text = FILES[name]
    if (text !== undefined) yield { path: name, text }
    else yield { kind: 'refused', place: name, reason: 'it cannot be read: ENOENT' }
  }
}

async function read(text: string): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of parsePromptfoo({ path: 'dir/promptfooconfig.yaml', text }, readFiles))
    items.push(item)
  return items
}

function facts(items: readonly Item[]): unknown[] {
  return items.map((item) =>
    item.kind === 'version'
      ? [item.promptId, item.draft.prompt.text ?? item.draft.prompt.messages]
      : [item.place.replace('dir/promptfooconfig.yaml', ''), item.reason],
  )
}

describe('a configuration of promptfoo', () => {
  it('has prompts in it, in the files that it names, and some that are not texts', async () => {
    expect(facts(await read(CONFIG))).toEqual([
      ['promptfooconfig-1', 'Translate to {{language}}: {{input}}'],
      ['promptfooconfig-2', 'Be brief.\nTranslate: {{input}}\n'],
      ['prompts/one', 'One {{a}}'],
      ['prompts/two-1', 'First'],
      ['prompts/two-2', 'Second {{b}}'],
      ['chat', [{ role: 'user', content: 'Hi {{name}}' }]],
      [
        'inline',
        [
          { role: 'system', content: 'Be kind' },
          { role: 'user', content: '{{input}}' },
        ],
      ],
      ['prompts/two-1', 'First'],
      ['prompts/two-2', 'Second {{b}}'],
      [':16: make.py', 'its prompts are made by a program or a table, and not a text'],
      [':17', 'it is not in a file, but comes from another program'],
      [':18: prompts/missing.txt', 'it cannot be read: ENOENT'],
      [':19', 'it is neither a text nor an object'],
    ])
  })

  it('says where each prompt is', async () => {
    const items = await read(CONFIG)
    expect(items.slice(0, 4).map(({ place }) => place)).toEqual([
      'dir/promptfooconfig.yaml:4',
      'dir/promptfooconfig.yaml:5',
      'dir/promptfooconfig.yaml:8: prompts/one.txt',
      'dir/promptfooconfig.yaml:8: prompts/two.txt',
    ])
    expect(items[5]).toMatchObject({
      draft: {
        prompt: { config: { temperature: 0.2 }, variables: ['name'] },
        metadata: { source: { format: 'promptfoo', path: 'promptfooconfig.yaml' } },
      },
    })
  })

  it('may name files in a mapping, or be one text, or JSON', async () => {
    expect(facts(await read('prompts: { page.md: page, chat.yaml: talk }'))).toEqual([
      ['page', '# Title\n\n---\nText'],
      ['talk', [{ role: 'user', content: 'Hi' }]],
    ])
    expect(facts(await read('prompts: file://template.json'))).toEqual([
      ['template', FILES['template.json']],
    ])
    expect(facts(await read('prompts: Hello'))).toEqual([['promptfooconfig-1', 'Hello']])
    expect(facts(await read('{"prompts": [{"label": "a", "raw": "Hi [1]"}]}'))).toEqual([
      ['a', 'Hi [1]'],
    ])
    expect(facts(await read('prompts: [{ label: both, id: prompts/two.txt }]'))).toEqual([
      ['both-1', 'First'],
      ['both-2', 'Second {{b}}'],
    ])
  })

  it('whose entries are wrong is refused entry by entry', async () => {
    const text = `prompts:
  - { label: a }
  - { raw: x, label: 3 }
  - { raw: x, config: 3 }
  - { raw: x, config: { a: .nan } }
  - wrong.yaml
  - empty.txt
  - ''
`
    expect(facts(await read(text))).toEqual([
      [':2', 'it has no text: expected "raw" or "id"'],
      [':3', 'its "label" is not a text'],
      [':4', 'its "config" is not an object'],
      [':5', expect.stringContaining('"config.a"')],
      [':6: wrong.yaml', 'it is not a list of messages, each with a role'],
      [':7: empty.txt', 'it has no text'],
      [':8', 'it has no text'],
    ])
  })

  it('without prompts is refused as a whole', async () => {
    for (const text of ['', 'tests: []', '- a', 'prompts: 3'])
      expect(facts(await read(text))).toEqual([['', 'it has no list of "prompts"']])
    expect(await read('a: [')).toMatchObject([{ kind: 'refused' }])
  })

  it('gets a prompt as a text, and messages as JSON', async () => {
    const chat = { messages: [{ role: 'user', content: 'Hi {{x}}' }], config: { a: 1 } }
    const prompt = completePrompt('p', promptWithVariables(chat))
    const formatted = formatPromptfoo(prompt)
    expect(formatted).toMatchObject({ lost: [], value: { label: 'p', config: { a: 1 } } })
    const again = await read(JSON.stringify({ prompts: ['value' in formatted && formatted.value] }))
    expect(again).toMatchObject([{ promptId: 'p', draft: { prompt: chat } }])
    expect(formatPromptfoo(completePrompt('p', { text: 'Hi', role: 'user' }))).toEqual({
      value: { label: 'p', raw: 'Hi' },
      lost: ['role'],
    })
  })

  it('gets no text that would be read as the name of a file', () => {
    for (const text of ['file://a', 'notes.txt', 'langfuse://a'])
      expect(formatPromptfoo(completePrompt('p', { text }))).toMatchObject({ kind: 'refused' })
  })
})
