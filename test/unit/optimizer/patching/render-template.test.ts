import { describe, expect, it } from 'vitest'
import { renderTemplate } from '../../../../src/optimizer/patching/render-template.js'

const text = (template: string, variables: Record<string, unknown> = {}) =>
  renderTemplate(template, variables)

describe('a template', () => {
  it.each([
    ['{{ role }}: {{original}}', { role: 'Expert', original: 'Answer.' }, 'Expert: Answer.'],
    ['{{ user.name }} {{ list.0 }}', { user: { name: 'Ann' }, list: ['x'] }, 'Ann x'],
    ['{{ count }} {{ on }}', { count: 3, on: false }, '3 false'],
    ['Use {{#171.text#}} and {{#sys.query#}}.', {}, 'Use {{#171.text#}} and {{#sys.query#}}.'],
    ['{{ original }}', { original: '{{ other }} {% if %}' }, '{{ other }} {% if %}'],
    ['no variable, { and } alone', {}, 'no variable, { and } alone'],
  ])('%j with %j is %j', (template, variables, expected) => {
    expect(text(template, variables)).toEqual({ kind: 'text', text: expected })
  })

  it.each([
    ['{% for x in y %}', '"{%" at character 1 is not a variable, and templates have no code'],
    ['a {# comment #}', '"{#" at character 3'],
    ['{{ name | upper }}', 'is not a variable'],
    ['{{ range(10) }}', 'is not a variable'],
    ['{{ self.__class__ }}', 'the variable "self.__class__" is not given; known are name'],
    ['{{ constructor }}', 'is not given'],
    ['{{ name.constructor }}', 'is not given'],
    ['{{ name', '"{{" at character 1'],
    ['{{ missing }}', 'the variable "missing" is not given; known are name'],
  ])('%j has code or a variable that is not given', (template, reason) => {
    expect(text(template, { name: 'x' })).toMatchObject({
      kind: 'problem',
      reason: expect.stringContaining(reason),
    })
  })

  it('is rendered in linear time', () => {
    expect(text('{{'.repeat(200_000))).toMatchObject({ kind: 'problem' })
    expect(text(`${'{{ a'.repeat(100_000)} }}`, { a: 'x' })).toMatchObject({ kind: 'problem' })
  })
})
