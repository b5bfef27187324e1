import { describe, expect, it } from 'vitest'
import { lintSource } from '../../../../src/optimizer/lint/lint-source.js'
import { read } from '../../../support/doc-examples.js'
import { REAL_FILES } from '../../dify/dify-files.js'

/** The rows of the table in which each finding was judged by hand. */
const JUDGED = Array.from(
  read('docs/linting-findings.md').matchAll(
    /^\| `([^`]+\.ya?ml)` +\| ([\d:]+) +\| `([a-z0-9-]+)` +\| (true|false) +\|/gm,
  ),
  ([, file = '', place = '', rule = '', verdict = '']) => ({
    finding: `${file}:${place} ${rule}`,
    verdict,
  }),
)

describe('the findings in the real files', () => {
  it('are those of docs/linting-findings.md, each and no other', () => {
    const found = REAL_FILES.flatMap(([name, bytes]) =>
      lintSource(bytes, name).map(
        ({ file, line, column, rule }) => `${file}:${line}:${column} ${rule}`,
      ),
    )
    expect(found.length).toBeGreaterThan(20)
    expect(found.sort()).toEqual(JUDGED.map(({ finding }) => finding).sort())
  })

  it('are true by hand in nine of ten cases at least, as the document says', () => {
    const isTrue = JUDGED.filter(({ verdict }) => verdict === 'true').length
    expect(isTrue / JUDGED.length).toBeGreaterThanOrEqual(0.9)
    expect(read('docs/linting-findings.md')).toContain(
      `The precision is ${isTrue} of ${JUDGED.length}.`,
    )
  })
})
