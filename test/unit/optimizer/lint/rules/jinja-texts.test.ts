import { describe, expect, it } from 'vitest'
import {
  undeclaredJinja2Variable,
  unusedJinja2Variable,
} from '../../../../../src/optimizer/lint/rules/jinja-texts.js'
import { llm, messagesOf, START, type TestNode } from '../lint-workflow.js'

const template = (text: string, ...names: string[]): TestNode => ({
  id: 't',
  type: 'template-transform',
  template: text,
  variables: names.map((variable) => ({ variable, value_selector: ['start', 'question'] })),
})
const message = (text: string, ...names: string[]): TestNode =>
  llm('m', '', {
    prompt_template: [{ role: 'user', edition_type: 'jinja2', jinja2_text: text, text: '' }],
    prompt_config: { jinja2_variables: names.map((variable) => ({ variable })) },
  })

describe('undeclared-jinja2-variable', () => {
  it.each([template('{{ a }} {{ b }}', 'a'), message('{{ a }} {{ b }}', 'a')])(
    'fires in $type',
    (node) => {
      expect(messagesOf(undeclaredJinja2Variable, [START, node])).toEqual([
        'The variable "b" of the template is not declared: it is rendered as nothing',
      ])
    },
  )

  it('does not fire for declared names, names of the template, and words in text', () => {
    const text = 'b {% for x in a %}{{ x.b }}{{ loop.index }}{% endfor %}{{ a | length }}'
    expect(messagesOf(undeclaredJinja2Variable, [START, template(text, 'a')])).toEqual([])
  })
})

describe('unused-jinja2-variable', () => {
  it.each([template('{{ a }}', 'a', 'b'), message('{{ a }}', 'a', 'b')])(
    'fires in $type',
    (node) => {
      expect(messagesOf(unusedJinja2Variable, [START, node])).toEqual([
        'The variable "b" is declared, and the template does not use it',
      ])
    },
  )

  it('does not fire for a name that is commented out', () => {
    const text = '{{ a }}{# {{ b }} #}'
    expect(messagesOf(unusedJinja2Variable, [START, template(text, 'a', 'b')])).toEqual([])
  })

  it('does not fire for a name in a statement or in another message of the node', () => {
    expect(
      messagesOf(unusedJinja2Variable, [
        START,
        template('{% if b %}x{% endif %}{{ a }}', 'a', 'b'),
      ]),
    ).toEqual([])
    const two = llm('m', '', {
      prompt_template: ['{{ a }}', '{{ b }}'].map((jinja2_text) => ({
        role: 'user',
        edition_type: 'jinja2',
        jinja2_text,
      })),
      prompt_config: { jinja2_variables: [{ variable: 'a' }, { variable: 'b' }] },
    })
    expect(messagesOf(unusedJinja2Variable, [START, two])).toEqual([])
  })
})
