import { describe, expect, it } from 'vitest'
import { checkRequires } from '../../../../src/engine/opening/directory-mark.js'
import { isStorageError } from '../../../../src/base/errors.js'

const refusedFeature = (requires: unknown, known?: readonly string[]): unknown => {
  try {
    checkRequires('.metadata.json', requires, known)
  } catch (error) {
    if (!isStorageError(error, 'FS-FORMAT-001')) throw error
    expect(error.message).toContain(`'.metadata.json' requires`)
    expect(error.context).toMatchObject({ path: '.metadata.json', reason: 'requires' })
    return error.context['feature']
  }
  return 'accepted'
}

describe('the features that a mark requires', () => {
  it('are accepted where each of them is known, and where the mark is from before there were any', () => {
    expect(refusedFeature(undefined)).toBe('accepted')
    expect(refusedFeature([])).toBe('accepted')
    expect(refusedFeature(['prerelease'], ['prerelease', 'other'])).toBe('accepted')
  })

  it('are refused by the name of the first that is not', () => {
    expect(refusedFeature(['prerelease'])).toBe('prerelease')
    expect(refusedFeature(['prerelease', 'new', 'newer'], ['prerelease'])).toBe('new')
  })

  it.each([[null], [7], [{ prerelease: true }]])(
    'are refused where they are no names: %j',
    (one) => {
      expect(refusedFeature([one], ['prerelease'])).toEqual(one)
      expect(refusedFeature(one, ['prerelease'])).toEqual(one)
    },
  )

  it('are refused where one name stands in place of the list', () => {
    expect(refusedFeature('new', ['prerelease'])).toBe('new')
  })
})
