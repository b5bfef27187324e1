import { describe, expect, it } from 'vitest'
import {
  emptyClass,
  overlappingClasses,
} from '../../../../../src/optimizer/lint/rules/classifiers.js'
import { messagesOf, START, type TestNode } from '../lint-workflow.js'

const classifier = (...names: string[]): TestNode => ({
  id: 'q',
  type: 'question-classifier',
  classes: names.map((name, at) => ({ id: String(at), name })),
})

describe('overlapping-classes', () => {
  it.each([
    ['Refund', 'refund'],
    ['Questions about refunds', 'About refunds: questions'],
    ['退款问题', '退款问题。'],
  ])('fires for %j and %j', (first, second) => {
    expect(messagesOf(overlappingClasses, [START, classifier(first, 'Other', second)])).toEqual([
      `The class "${second}" has the same words as the class "${first}"`,
    ])
  })

  it.each([
    ['Refund', 'Refund of deposits'],
    ['退款', '退货'],
    ['', ''],
  ])('does not fire for %j and %j', (first, second) => {
    expect(messagesOf(overlappingClasses, [START, classifier(first, second)])).toEqual([])
  })
})

describe('empty-class', () => {
  it('fires for a blank name, and for no other', () => {
    expect(messagesOf(emptyClass, [START, classifier('Refund', ' ')])).toHaveLength(1)
    expect(messagesOf(emptyClass, [START, classifier('Refund', '?')])).toEqual([])
  })
})
