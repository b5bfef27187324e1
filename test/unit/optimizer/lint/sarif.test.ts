import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { toSarif } from '../../../../src/optimizer/lint/sarif.js'
import { LINT_RULE_IDS } from '../../../../src/optimizer/lint/rules.js'
import { lint, llm, START } from './lint-workflow.js'

const SCHEMA = new URL('../../../data/sarif/sarif-2.1.0-rtm.5.json', import.meta.url)
const FINDINGS = lint([START, llm('a', '{{#gone.text#}} {{#start.question#}}'), llm('b', '')])

function validate(log: unknown): readonly string[] {
  // The schema is of draft 4, whose keywords that it uses are the same in later drafts.
  const {
    $schema: _,
    id: __,
    ...schema
  } = JSON.parse(readFileSync(SCHEMA, 'utf8')) as Record<string, unknown>
  const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false })
  return ajv.validate(schema, log) ? [] : (ajv.errors ?? []).map(({ message }) => message ?? '')
}

describe('a SARIF log', () => {
  it('fits the schema of version 2.1.0', () => {
    const log = toSarif(FINDINGS, { version: '0.1.0' })
    expect(FINDINGS.length).toBeGreaterThan(1)
    expect(validate(log)).toEqual([])
    expect(validate(toSarif([], { version: '0.1.0' }))).toEqual([])
  })

  it('would not fit it with another version or a line 0', () => {
    const log = toSarif(FINDINGS, { version: '0.1.0' })
    expect(validate({ ...log, version: '2.0' })).not.toEqual([])
    expect(validate(toSarif([{ ...FINDINGS[0]!, line: 0 }], { version: '0.1.0' }))).not.toEqual([])
  })

  it('has a result for each finding, and every rule', () => {
    const [run] = toSarif(FINDINGS, { version: '0.1.0' }).runs
    expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual([...LINT_RULE_IDS])
    const [result] = run?.results ?? []
    expect(result).toMatchObject({
      ruleId: 'unresolvable-reference',
      ruleIndex: LINT_RULE_IDS.indexOf('unresolvable-reference'),
      level: 'error',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'test.yml' } } }],
    })
    expect(run?.results).toHaveLength(FINDINGS.length)
  })

  it.each([
    ['./a b/中.yml', 'a%20b/%E4%B8%AD.yml'],
    ['a\\b.yml', 'a/b.yml'],
    ['C:\\flows\\b.yml', 'file:///C:/flows/b.yml'],
    ['/flows/b.yml', '/flows/b.yml'],
  ])('names %j as %j', (file, uri) => {
    const log = toSarif([{ ...FINDINGS[0]!, file }], { version: '0.1.0' })
    expect(log.runs[0]?.results[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe(uri)
  })
})
