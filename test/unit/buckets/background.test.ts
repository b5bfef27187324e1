import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe } from '../../../src/base/channels.js'
import { inBackground } from '../../../src/buckets/background.js'

describe('work behind a commit', () => {
  it('that fails is reported, and does not fail the commit', async () => {
    const seen: unknown[] = []
    onTestFinished(subscribe('background-error', (message) => seen.push(message)))
    const error = new Error('no')
    await inBackground({ place: 's3://b/' }, 'remove', async () => await Promise.reject(error))
    expect(seen).toEqual([{ directory: 's3://b/', stage: 'remove', error }])
  })
})
