import { describe, expect, it } from 'vitest'
import { jinjaNames } from '../../../../src/optimizer/lint/jinja-names.js'

describe('the names that a template takes from outside', () => {
  it.each([
    ['{{ name }}', ['name']],
    ['{{ user.name | upper | default("x") }}', ['user']],
    ['{% for item in items %}{{ item.a }} {{ loop.index }}{% endfor %}', ['items']],
    ['{% for key, value in map.items() %}{{ key }}{{ value }}{% endfor %}', ['map']],
    ['{% set total = a + b %}{{ total }}', ['a', 'b']],
    ['{% if x is defined and not y is none %}{{ "z" }}{% endif %}', ['x', 'y']],
    ['{% macro box(text, width=2) %}{{ text }}{% endmacro %}{{ box(t, width=3) }}', ['t']],
    ['{# {{ no }} #}{% raw %}{{ no }}{% endraw %}{{ yes }}', ['yes']],
    ['{{ a[\'b\'] ~ "c" }}', ['a']],
    ['{{- a -}}', ['a']],
    ['{% with b = a %}{{ b }}{% endwith %}', ['a']],
    ['{{ range(3) | list }}{{ dict(k=v) }}', ['v']],
    ['{"json": 1} text { x }', []],
    ['{{ never closed', []],
  ])('of %j are %j', (text, names) => {
    expect([...jinjaNames(text).free]).toEqual(names)
  })

  it('take a time that grows with the text', () => {
    expect(jinjaNames('{{ a '.repeat(50_000)).free.size).toBe(0)
    expect([...jinjaNames('{{ a }}'.repeat(50_000)).free]).toEqual(['a'])
  })
})
