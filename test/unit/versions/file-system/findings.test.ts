import { describe, expect, it } from 'vitest'
import {
  HARMLESS_FINDINGS,
  KIND_OF_REASON,
  resolveVerifyOptions,
} from '../../../../src/versions/file-system/findings.js'

describe('the options of verify', () => {
  it('change nothing by default, and put at most ten files into quarantine', () => {
    const resolved = { repair: false, accept: false, quarantineMax: 10 }
    expect(resolveVerifyOptions({})).toEqual(resolved)
    expect(resolveVerifyOptions({ repair: true })).toEqual({ ...resolved, repair: true })
    expect(resolveVerifyOptions({ accept: true, quarantineMax: 0 })).toEqual({
      ...resolved,
      accept: true,
      quarantineMax: 0,
    })
  })

  it('are refused by name if they are unknown or wrong', () => {
    const resolve = (given: object) => () => resolveVerifyOptions(given)
    expect(resolve({ repiar: true })).toThrow('did you mean "repair"?')
    expect(resolve({ repair: 'yes' })).toThrow(TypeError)
    expect(resolve({ accept: 1 })).toThrow('"accept"')
    expect(resolve({ quarantineMax: -1 })).toThrow(RangeError)
    expect(resolve({ quarantineMax: 1.5 })).toThrow('"quarantineMax"')
  })
})

describe('findings', () => {
  it('of a document that cannot be read are never harmless, nor is one that is lost', () => {
    for (const kind of Object.values(KIND_OF_REASON)) expect(HARMLESS_FINDINGS).not.toContain(kind)
    for (const kind of ['lost-file', 'missing-file', 'unreadable', 'damaged-journal'] as const)
      expect(HARMLESS_FINDINGS.has(kind)).toBe(false)
  })
})
