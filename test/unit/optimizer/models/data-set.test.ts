import { describe, expect, it } from 'vitest'
import { strictlyParsed } from '../../../../src/config/strict.js'
import { conversationFlowSchema, dataSetSchema } from '../../../../src/optimizer/models/data-set.js'

const dataSet = (given: object) => strictlyParsed(dataSetSchema, { name: 'a', ...given }, 'the set')

describe('a data set', () => {
  it('has cases, parameters and conversations, and none of them by default', () => {
    expect(dataSet({})).toEqual({
      name: 'a',
      scenario: 'normal',
      cases: [],
      parameters: {},
      conversation_flows: [],
      pairwise_dimensions: [],
      weight: 1,
    })
  })

  it('keeps what is expected of a case, whatever it is', () => {
    const { cases } = dataSet({ cases: [{ inputs: { text: 'x' }, expected: { score: [1] } }] })
    expect(cases).toEqual([{ inputs: { text: 'x' }, expected: { score: [1] } }])
  })

  it('counts a range by 1 unless it says otherwise', () => {
    const { parameters } = dataSet({
      parameters: { n: { type: 'int', range: { min: 1, max: 3 } } },
    })
    expect(parameters['n']?.range).toEqual({ min: 1, max: 3, step: 1 })
  })

  it.each([
    [{ parameters: { n: { type: 'int', range: { min: 3, max: 1 } } } }, 'not greater than "max"'],
    [{ parameters: { n: { type: 'number' } } }, 'Key "the set.parameters.n.type" is wrong'],
    [{ cases: [{ input: {} }] }, 'did you mean "inputs"?'],
    [{ scenario: 'odd' }, 'Key "the set.scenario" is wrong'],
  ])('is refused with the place of what is wrong: %j', (given, message) => {
    expect(() => dataSet(given)).toThrow(message)
  })
})

describe('a conversation', () => {
  it('waits for the answer after each step', () => {
    const given = { steps: [{ role: 'user', message: 'Hello' }] }
    expect(strictlyParsed(conversationFlowSchema, given, 'the flow').steps).toEqual([
      { role: 'user', message: 'Hello', wait_for_response: true },
    ])
  })
})
