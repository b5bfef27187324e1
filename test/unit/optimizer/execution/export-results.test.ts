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

it('rounds its own numbers in both forms, and leaves those of inputs and outputs', () => {
  const result = resultWith({
    score: 0.1 + 0.2,
    execution_time: 2 / 3,
    cost: 1 / 30_000,
    outputs: { price: 0.1 + 0.2 },
  })
  const [, line = ''] = resultsAsCsv([result]).split('\r\n')
  expect(line).toContain(',succeeded,0.3,0.666667,0,0.0000333333,')
  expect(line).toContain('{""price"":0.30000000000000004}')
  const [written] = JSON.parse(resultsAsJson([result])) as unknown[]
  expect(written).toMatchObject({ score: 0.3, outputs: { price: 0.1 + 0.2 } })
  const { score: _, ...unscored } = result
  expect(resultsAsCsv([unscored])).toContain(',succeeded,,0.666667,')
})
