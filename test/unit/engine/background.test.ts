import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { subscribe, type BackgroundErrorMessage } from '../../../src/base/channels.js'
import { Background } from '../../../src/engine/background.js'

describe('work in the background', () => {
  it('is counted and reported when it fails, and fails no caller', async () => {
    const seen: BackgroundErrorMessage[] = []
    const stop = subscribe('background-error', (message) => seen.push(message))
    const background = new Background('/a/store')
    const error = new Error('no room')
    background.begin('spare segment', async () => await Promise.reject(error))
    await background.guard('space', async () => await Promise.reject(error))
    await background.stop()
    stop()
    expect(background.errors).toBe(2)
    expect(seen.filter(({ directory }) => directory === '/a/store')).toEqual([
      { directory: '/a/store', stage: 'spare segment', error },
      { directory: '/a/store', stage: 'space', error },
    ])
  })

  it('is waited for by stop(), after which nothing begins', async () => {
    const background = new Background('/a/store')
    const done: string[] = []
    background.every(1, 'tick', async () => void done.push('tick'))
    background.begin('slow', async () => {
      await sleep(50)
      done.push('slow')
    })
    await background.stop()
    expect(done).toContain('slow')
    const before = done.length
    background.begin('late', async () => void done.push('late'))
    await sleep(20)
    expect(done).toHaveLength(before)
  })
})
