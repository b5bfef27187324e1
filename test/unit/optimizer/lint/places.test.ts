import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import { FaultPlaces } from '../../../../src/optimizer/lint/places.js'

const FILE = parseDifyFile(
  `app:
  mode: workflow
workflow:
  graph:
    nodes:
    - id: a
      data:
        type: llm
        prompt_template:
        - role: system
          text: |
            One {{x}}
            two {{x}}, two
        - role: user
          text: "a \\"quoted\\" text"
`,
  'a.yml',
)
const TEXT = '/workflow/graph/nodes/0/data/prompt_template/0/text'
const PLACES = new FaultPlaces(FILE)
const fault = { message: '', remedy: '' }

describe('the place of a fault', () => {
  it('is that of the value', () => {
    expect(PLACES.of({ ...fault, pointer: '/workflow/graph/nodes/0/data/type' })).toEqual({
      line: 8,
      column: 15,
    })
  })

  it('is that of the n-th occurrence within it', () => {
    const at = (occurrence: number) =>
      PLACES.of({ ...fault, pointer: TEXT, within: { text: '{{x}}', occurrence } })
    expect([at(0), at(1)]).toEqual([
      { line: 12, column: 17 },
      { line: 13, column: 17 },
    ])
  })

  it('is the value where what is sought is written in another way', () => {
    const pointer = '/workflow/graph/nodes/0/data/prompt_template/1/text'
    expect(PLACES.of({ ...fault, pointer, within: { text: '"quoted"', occurrence: 0 } })).toEqual({
      line: 15,
      column: 17,
    })
  })

  it('is the nearest value around what is missing', () => {
    expect(PLACES.of({ ...fault, pointer: `${TEXT}/gone` }).line).toBe(11)
    expect(PLACES.of({ ...fault, pointer: '/workflow/graph/nodes/0/data/context' }).line).toBe(8)
  })
})
