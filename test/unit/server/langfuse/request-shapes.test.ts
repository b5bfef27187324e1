import { describe, expect, it } from 'vitest'
import {
  createBody,
  fitting,
  labelsBody,
  listQuery,
  versionQuery,
} from '../../../../src/server/langfuse/request-shapes.js'

describe('requests in the shapes of Langfuse', () => {
  it('are taken as its clients send them', () => {
    const text = { name: 'a/b', prompt: 'Hi', isActive: true, tags: null, commitMessage: null }
    expect(fitting(createBody, text)).toMatchObject({ name: 'a/b', prompt: 'Hi', labels: [] })
    const prompt = [
      { type: 'chatmessage', role: 'user', content: 'Hi' },
      { role: 'system', content: 'x' },
      { type: 'placeholder', name: 'history' },
    ]
    expect(fitting(createBody, { name: 'c', type: 'chat', prompt })).toMatchObject({ type: 'chat' })
    expect(fitting(versionQuery, { version: '3' })).toEqual({ version: 3 })
    expect(fitting(listQuery, {})).toEqual({ page: 1, limit: 10 })
    expect(fitting(labelsBody, { newLabels: ['a'], name: 'p' })).toEqual({ newLabels: ['a'] })
  })

  it.each([
    { name: ' a', prompt: 'x' },
    { name: '/a', prompt: 'x' },
    { name: 'a//b', prompt: 'x' },
    { name: 'a|b', prompt: 'x' },
    { name: '<b>', prompt: 'x' },
    { name: 'new', prompt: 'x' },
    { name: '..', prompt: 'x' },
    { name: 'holdfast:numbers:p', prompt: 'x' },
    { name: 'a', prompt: [{ role: 'user', content: 'x' }] },
    { name: 'a', type: 'chat', prompt: 'x' },
    { name: 'a', type: 'chat', prompt: [{ role: 'user', content: [] }] },
    { name: 'a', type: 'chat', prompt: [{ type: 'placeholder', name: '1' }] },
    { name: 'a', prompt: 'x', labels: ['Upper'] },
    { name: 'a', prompt: 'x', labels: null },
    { name: 'a', prompt: 'x', commitMessage: 'x'.repeat(501) },
    {},
  ])('are refused with their faults: %j', (body) => {
    expect(() => fitting(createBody, body)).toThrow('Invalid request data')
  })

  it.each([{ version: 'x' }, { version: '1.5' }, { version: '-1' }, { resolve: 'maybe' }])(
    'are refused as a version: %j',
    (query) => {
      expect(() => fitting(versionQuery, query)).toThrow('Invalid request data')
    },
  )

  it.each([{ limit: '101' }, { page: '0' }, { fromUpdatedAt: 'yesterday' }])(
    'are refused as a list: %j',
    (query) => {
      expect(() => fitting(listQuery, query)).toThrow('Invalid request data')
    },
  )
})
