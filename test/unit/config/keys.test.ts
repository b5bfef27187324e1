import { describe, expect, it } from 'vitest'
import { camelCased, settingsOf, snakeCased, unknownKey } from '../../../src/config/keys.js'

const KNOWN = ['cacheSize', 'useIndex', 'retry']

describe('settingsOf', () => {
  it('takes both spellings, inside of settings too, and knows how each was spelled', () => {
    const { settings, nameOf } = settingsOf(
      { cache_size: 5, useIndex: false, retry: { delay_ms: 1 } },
      KNOWN,
      'config',
    )
    expect(settings).toEqual({ cacheSize: 5, useIndex: false, retry: { delayMs: 1 } })
    expect(['cacheSize', 'useIndex', 'maxAge'].map(nameOf)).toEqual([
      'cache_size',
      'useIndex',
      'max_age',
    ])
  })

  it('refuses an unknown key with the nearest one in its spelling', () => {
    expect(() => settingsOf({ cache_sise: 1 }, KNOWN, 'config')).toThrow(
      'Unknown key "cache_sise" of config; did you mean "cache_size"?',
    )
    expect(() => settingsOf({ cacheSise: 1 }, KNOWN, 'config')).toThrow('did you mean "cacheSize"?')
    expect(() => settingsOf({ x: 1 }, [], 'config')).toThrow('of config; it has no keys')
    expect(() => settingsOf({ __proto__x: 1 }, KNOWN, 'config')).toThrow(
      'known are cache_size, use_index, retry',
    )
  })

  it('refuses one setting in two spellings', () => {
    expect(() => settingsOf({ cache_size: 1, cacheSize: 2 }, KNOWN, 'config')).toThrow(
      'Keys "cache_size" and "cacheSize" of config are one setting in two spellings',
    )
  })
})

describe('camelCased and snakeCased', () => {
  it('undo each other', () => {
    expect(camelCased('max_bytes_2')).toBe('maxBytes2')
    expect(snakeCased(camelCased('validate_index_on_load'))).toBe('validate_index_on_load')
  })
})

describe('unknownKey', () => {
  it('lists the known keys when none is near', () => {
    expect(unknownKey('zzz', ['backend', 'config'], 'storage')).toBe(
      'Unknown key "zzz" of storage; known are backend, config',
    )
  })
})
