import { expect, it } from 'vitest'
import {
  ACTION_VERBS,
  FILLERS,
  STOP_WORDS,
  TRANSITIONS,
} from '../../../../src/optimizer/analysis/upstream-words.js'

it('the lists are as long as those of the first implementation, without a word twice', () => {
  expect(new Set(ACTION_VERBS).size).toBe(20)
  expect(ACTION_VERBS).toHaveLength(20)
  expect(TRANSITIONS).toHaveLength(9)
  expect(FILLERS.size).toBe(10)
  expect(STOP_WORDS.size).toBe(69)
})
