import { describe, expect, it } from 'vitest'
import { AbandonedChanges } from '../../../src/disk/abandoned-changes.js'
import { gate } from '../../support/intercepted-disk.js'

describe('changes that were given up on', () => {
  it('are waited for until the last of them has come back, those of later too', async () => {
    const abandoned = new AbandonedChanges()
    const [first, second] = [gate(), gate()]
    abandoned.note('call', first.opened)
    let isBack = false
    const back = abandoned.back().then(() => (isBack = true))
    abandoned.note('call', second.opened)
    first.open()
    await first.opened
    await new Promise(setImmediate)
    expect({ isBack, any: abandoned.any }).toEqual({ isBack: false, any: true })
    second.open()
    await back
    expect(abandoned.any).toBe(false)
  })

  it('come back by failing as well', async () => {
    const abandoned = new AbandonedChanges()
    abandoned.note('call', Promise.reject(new Error('EIO')))
    await abandoned.back()
    expect(abandoned.any).toBe(false)
  })

  it.each(['read', 'flush', 'lock', 'commit'] as const)(
    'do not count when the call was of the phase %s',
    (phase) => {
      const abandoned = new AbandonedChanges()
      abandoned.note(phase, gate().opened)
      expect(abandoned.any).toBe(false)
    },
  )
})
