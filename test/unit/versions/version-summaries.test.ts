import { describe, expect, it } from 'vitest'
import { NO_HEAD } from '../../../src/versions/prompt-heads.js'
import {
  factsOf,
  measure,
  offersSummaries,
  summariesOf,
} from '../../../src/versions/version-summaries.js'

const AT = '2026-02-03T04:05:06.007Z'

describe('the facts of a document', () => {
  it('are those of the fields that it has, whatever its schema is', () => {
    const document = {
      prompt_id: 'p',
      version: '1.0.0',
      created_at: AT,
      parent_version: null,
      metadata: { author: 'Ada', message: 'why', other: 1 },
      analysis: { overall_score: 0 },
    }
    expect(factsOf(document, { size: 10, savedAt: AT })).toEqual({
      version: '1.0.0',
      created_at: AT,
      saved_at: AT,
      parent_version: null,
      author: 'Ada',
      message: 'why',
      score: 0,
      size: 10,
    })
    expect(factsOf({ prompt_id: 'p', version: '1.0.0' }, { size: 10, savedAt: undefined })).toEqual(
      {
        version: '1.0.0',
        size: 10,
      },
    )
  })

  it('leave out values of another kind', () => {
    const document = {
      prompt_id: 'p',
      version: '1.0.0',
      created_at: 'yesterday',
      parent_version: 'main',
      metadata: { author: 7, message: ['x'] },
      analysis: { overall_score: Number.NaN },
    }
    expect(factsOf(document, { size: 1, savedAt: undefined })).toEqual({
      version: '1.0.0',
      size: 1,
    })
    const odd = { prompt_id: 'p', version: '1.0.0', metadata: 'text', analysis: null }
    expect(factsOf(odd, { size: 1, savedAt: undefined })).toEqual({ version: '1.0.0', size: 1 })
  })

  it('have the bytes of the JSON as size, where there is no file', () => {
    const document = { prompt_id: 'p', version: '1.0.0', text: 'é' }
    expect(measure(document)).toBe(Buffer.byteLength(JSON.stringify(document)))
    expect(measure(document)).toBe(measure(document))
  })
})

describe('summaries', () => {
  const facts = [
    { version: '1.0.0', size: 1 },
    { version: '1.0.1', size: 2 },
  ]

  it('add what the head says of each version, sorted', () => {
    const label = (version: string): object => ({ version, at: AT, by: null, reason: null })
    const labels = { staging: label('1.0.1'), constructor: label('1.0.1'), old: label('1.0.0') }
    const deprecation = { at: AT, by: 'Ada', reason: null }
    const head = {
      ...NO_HEAD,
      labels: labels as unknown as typeof NO_HEAD.labels,
      tags: { '1.0.0': ['a', 'b'] },
      deprecated: { '1.0.1': deprecation },
    }
    expect(summariesOf(facts, head)).toEqual([
      { version: '1.0.0', size: 1, labels: ['old'], tags: ['a', 'b'] },
      {
        version: '1.0.1',
        size: 2,
        labels: ['constructor', 'staging'],
        tags: [],
        deprecated: deprecation,
      },
    ])
    expect(summariesOf(facts, undefined).map(({ labels, tags }) => [labels, tags])).toEqual([
      [[], []],
      [[], []],
    ])
  })

  it('are offered by storages that say so', () => {
    expect(offersSummaries({ supports: { summaries: true } })).toBe(true)
    expect(offersSummaries({})).toBe(false)
  })
})
