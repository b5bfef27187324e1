import { describe, expect, it } from 'vitest'
import {
  brokenBlocks,
  brokenReferences,
} from '../../../../src/optimizer/analysis/placeholder-faults.js'

describe('references that Dify does not resolve', () => {
  it.each([
    '{{#node-1.text#}}',
    '{{# 1713262060182.text #}}',
    '{{#1713262060182.text}}',
    '{{1713262060182.text#}}',
    '{#1713262060182.text#}',
  ])('include %s', (written) => {
    expect(brokenReferences(`Read ${written} twice: ${written}`)).toEqual([written])
  })

  it.each([
    '{{#1713262060182.text#}}',
    '{{#sys.query#}}',
    '{{#context#}}',
    '{{#[node].[name]#}}',
    '{{name}}',
    '`{{#node-1.text#}}`',
    '{# a comment #}',
  ])('do not include %s', (written) => {
    expect(brokenReferences(`Read ${written}`)).toEqual([])
  })
})

describe('blocks of Jinja2', () => {
  it.each([
    ['{% if a %}x', '{% if %} is never closed'],
    ['x{% endif %}', '{% endif %} closes a block that is not open'],
    [
      '{% if a %}{% for b in c %}{% endif %}{% endfor %}',
      '{% endif %} closes a block that is not open',
    ],
  ])('%j: %s', (text, fault) => {
    expect(brokenBlocks(text)).toBe(fault)
  })

  it.each([
    '{% if a %}{% for b in c %}{{ b }}{% endfor %}{% else %}{% endif %}',
    '{# {% if a %} #}text',
    '{%- if a -%}x{%- endif -%}',
    '{% set a = 1 %}',
  ])('%j are closed', (text) => {
    expect(brokenBlocks(text)).toBeUndefined()
  })
})
