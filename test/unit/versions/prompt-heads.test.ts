import { expect, it } from 'vitest'
import { NO_HEAD, offersTransactions } from '../../../src/versions/prompt-heads.js'

it('takes a storage for one with transactions only if it says so', () => {
  const method = (): void => undefined
  const methods = { transact: method, readHead: method, listLabelMoves: method }
  expect(offersTransactions({ ...methods, supports: { labels: true } })).toBe(true)
  expect(offersTransactions(methods)).toBe(false)
})

it('gives a prompt without a head neither labels nor numbers, and no caller can change that', () => {
  expect(NO_HEAD).toEqual({ labels: {}, highest: null, deprecated: {}, tags: {} })
  expect(() => Object.assign(NO_HEAD.labels, { production: '1.0.0' })).toThrow(TypeError)
})
