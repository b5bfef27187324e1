import { describe, expect, it } from 'vitest'
import {
  resolveCompressOptions,
  resolveDecompressOptions,
} from '../../../../src/versions/file-system/compress-options.js'
import { HAS_ZSTD } from '../../../../src/versions/file-system/version-codec.js'

describe('the options of compress', () => {
  it('have defaults, and an age in days or milliseconds', () => {
    expect(resolveCompressOptions()).toEqual({
      promptId: undefined,
      keepLast: 1,
      olderThanMs: 0,
      minBytes: 0,
      format: 'gzip',
      dryRun: false,
    })
    expect(resolveCompressOptions({ olderThanDays: 0.5 }).olderThanMs).toBe(43_200_000)
    expect(resolveCompressOptions({ olderThanMs: 5 }).olderThanMs).toBe(5)
    expect(resolveDecompressOptions({ promptId: 'p', dryRun: true })).toEqual({
      promptId: 'p',
      dryRun: true,
    })
  })

  it.each([
    [{ keepLast: 0 }, '"keepLast"'],
    [{ keepLast: 1.5 }, '"keepLast"'],
    [{ olderThanDays: -1 }, '"olderThanDays" must be a number from 0 to 36525, got -1'],
    [{ olderThanDays: '3' as never }, '"olderThanDays"'],
    [{ olderThanDays: 1, olderThanMs: 1 }, 'exclude each other'],
    [{ olderThanMs: -1 }, '"olderThanMs"'],
    [{ minBytes: -1 }, '"minBytes"'],
    [{ format: 'brotli' as never }, '"format"'],
    [{ promptId: '' }, '"promptId"'],
    [{ dryrun: true } as never, 'dryrun'],
  ])('are refused by name: %j', (options, why) => {
    expect(() => resolveCompressOptions(options)).toThrow(why)
  })

  it('are refused by name for decompress, too', () => {
    expect(() => resolveDecompressOptions({ keepLast: 1 } as never)).toThrow('keepLast')
    expect(() => resolveDecompressOptions({ promptId: 1 as never })).toThrow('"promptId"')
  })

  it.skipIf(HAS_ZSTD)('need a Node with zstd for zstd', () => {
    expect(() => resolveCompressOptions({ format: 'zstd' })).toThrow('Node 22.15')
  })
})
