import { expect, it } from 'vitest'
import { resultsAsCsv, resultsAsJson } from '../../../../src/optimizer/execution/export-results.js'
import { resultWith } from './results.js'

const RESULT = resultWith({
  score: 0.5,
  outputs: { text: 'a "quoted", line\n' },
  error_message: '=HYPERLINK("http://evil")',
})

it('writes a line for each result, with quotes where they are needed', () => {
  const [head = '', ...lines] = resultsAsCsv([RESULT]).split('\r\n')
  expect(head.split(',').slice(0, 3)).toEqual(['workflow_id', 'execution_id', 'case_id'])
  expect(lines[0]).toContain('"{""text"":""a \\""quoted\\"", line\\n""}"')
  expect(lines[0]).toContain(',succeeded,0.5,1,0,0,')
  expect(lines.at(-1)).toBe('')
})

it('writes no text that a spreadsheet would run', () => {
  expect(resultsAsCsv([RESULT])).toContain(`"'=HYPERLINK(""http://evil"")"`)
})

it('writes JSON that reads back as it was', () => {
  expect(JSON.parse(resultsAsJson([RESULT]))).toEqual([RESULT])
})
