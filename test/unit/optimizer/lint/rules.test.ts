import { describe, expect, it } from 'vitest'
import { LINT_RULE_IDS, LINT_RULES } from '../../../../src/optimizer/lint/rules.js'
import { read } from '../../../support/doc-examples.js'

describe('the rules', () => {
  it('have ids of lower case with hyphens, and a table of exactly these', () => {
    expect(Object.keys(LINT_RULES).sort()).toEqual([...LINT_RULE_IDS].sort())
    for (const id of LINT_RULE_IDS) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/)
  })

  it('are in docs/linting.md, each and no other, with their severities', () => {
    const rows = Array.from(
      read('docs/linting.md').matchAll(/^\| \[`([a-z0-9-]+)`\]\(#([a-z0-9-]+)\) +\| (\w+) +\|/gm),
      ([, id, anchor, severity]) => [id, anchor, severity],
    )
    expect(rows).toEqual(LINT_RULE_IDS.map((id) => [id, id, LINT_RULES[id].severity]))
  })

  it('have a section each in docs/linting.md', () => {
    const sections = Array.from(read('docs/linting.md').matchAll(/^### (\S+)$/gm), ([, id]) => id)
    expect(sections).toEqual([...LINT_RULE_IDS])
  })
})
