import { describe, expect, it } from 'vitest'
import { codeIn, faultAt, placesIn } from '../../../../src/optimizer/lint/lint-context.js'
import { contextFor, llm, START } from './lint-workflow.js'

const placesOf = (text: string) => {
  const [carried] = contextFor([START, llm('a', text)]).textsOf.get('a') ?? []
  return carried === undefined ? [] : placesIn(carried)
}

describe('the references of a text', () => {
  it('are counted where several are written alike', () => {
    const places = placesOf('{{#start.question#}} {{#a.text#}} {{#start.question#}}')
    expect(places.map(({ reference, occurrence }) => [reference.raw, occurrence])).toEqual([
      ['{{#start.question#}}', 0],
      ['{{#a.text#}}', 0],
      ['{{#start.question#}}', 1],
    ])
  })

  it('are left out in code where Dify does not resolve them either', () => {
    expect(placesOf('Write `{{name}}` or\n```\n{{name}} {{#a-b.c#}}\n```\n')).toEqual([])
    expect(placesOf('`{{#start.question#}}`')).toHaveLength(1)
  })

  it('become faults at their place', () => {
    const [place] = placesOf('{{name}}')
    expect(place && faultAt(place, 'message', 'remedy')).toMatchObject({
      pointer: '/workflow/graph/nodes/1/data/prompt_template/0/text',
      within: { text: '{{name}}', occurrence: 0 },
    })
  })
})

describe('code in a text', () => {
  it('is between single and triple back quotes', () => {
    const text = 'a `b` c\n```\nd\n```\ne'
    const isCode = codeIn(text)
    const inCode = Array.from('abcde').filter((letter) => isCode(text.indexOf(letter)))
    expect(inCode).toEqual(['b', 'd'])
  })
})

describe('the context of the rules', () => {
  it('has the texts of each node and the names of variables', () => {
    const context = contextFor([START, llm('a', 'x')], {
      environment: ['KEY'],
      conversation: ['memory'],
    })
    expect([...context.textsOf.keys()]).toEqual(['a'])
    expect([...context.environment, ...context.conversation]).toEqual(['KEY', 'memory'])
  })
})
