import { describe, expect, it } from 'vitest'
import type { PromptStrategy } from '../../../../src/optimizer/models/prompt-patch.js'
import { lostPlaceholders, patchedText } from '../../../../src/optimizer/patching/patched-text.js'
import { FILE, SYSTEM } from './workflows.js'

const found = FILE.texts.find(({ pointer }) => pointer === SYSTEM)
if (found === undefined) throw new Error('The file has no system message')
const TEXT = { ...found, text: 'One.\nTwo.\n' }

function patched(strategy: PromptStrategy, text = TEXT) {
  const { template } = strategy
  const read =
    template?.inline === undefined ? undefined : { kind: 'text' as const, text: template.inline }
  return patchedText(text, { strategy, template: read })
}

describe('a strategy', () => {
  it.each<[PromptStrategy, string]>([
    [{ mode: 'replace', content: 'New.' }, 'New.'],
    [{ mode: 'replace', content: '' }, 'One.\nTwo.\n'],
    [{ mode: 'replace' }, 'One.\nTwo.\n'],
    [{ mode: 'prepend', content: 'Zero.' }, 'Zero.\n\nOne.\nTwo.\n'],
    [{ mode: 'prepend', content: 'Zero.\n\n' }, 'Zero.\n\nOne.\nTwo.\n'],
    [{ mode: 'append', content: 'Three.' }, 'One.\nTwo.\n\nThree.'],
    [{ mode: 'append', content: '\n\nThree.' }, 'One.\nTwo.\n\nThree.'],
    [{ mode: 'append', content: '' }, 'One.\nTwo.\n'],
    [
      {
        mode: 'template',
        template: { inline: '{{ who }}: {{ original }}', variables: { who: 'A' } },
      },
      'A: One.\nTwo.\n',
    ],
    [
      { mode: 'template', template: { inline: '{{ node_title }} {{ role }}' } },
      'Main Reply system',
    ],
    [{ mode: 'template', template: { inline: '{{ x }}' }, fallback_value: 'Else.' }, 'Else.'],
  ])('%j', (strategy, text) => {
    expect(patched(strategy)).toEqual({ kind: 'text', text })
  })

  it('fails if its template does and there is no fallback', () => {
    expect(patched({ mode: 'template', template: { inline: '{{ x }}' } })).toMatchObject({
      kind: 'problem',
    })
  })

  it('puts no blank line beside an empty text', () => {
    const empty = { ...TEXT, text: '' }
    expect(patched({ mode: 'prepend', content: 'Zero.' }, empty)).toEqual({
      kind: 'text',
      text: 'Zero.',
    })
  })
})

describe('lost placeholders', () => {
  it('are those that are there less often', () => {
    const before = { ...TEXT, text: '{{#a.b#}} {{#a.b#}} {{#c.d#}}' }
    expect(lostPlaceholders(before, 'x {{#a.b#}} {{#c.d#}} {{#e.f#}}')).toEqual(['{{#a.b#}}'])
    expect(lostPlaceholders(before, before.text)).toEqual([])
  })
})
