import { describe, expect, it } from 'vitest'
import { CACHED_FILES_MAX, parseYamlOnce } from '../../../../src/dify/file/parse-once.js'

const parse = (source: Uint8Array | string, bytesMax = 100_000_000) =>
  parseYamlOnce(source, 'x.yml', bytesMax)

describe('parseYamlOnce', () => {
  it('returns the same for the same bytes, whatever they came as', () => {
    const first = parse('a: same')
    expect(parse(Buffer.from('a: same'))).toBe(first)
    expect(parse('a: other')).not.toBe(first)
  })

  it('keeps the bytes even if those of the caller change', () => {
    const bytes = Buffer.from('a: mine')
    const first = parse(bytes)
    bytes.fill(0x20)
    expect(Buffer.from(first.bytes).toString()).toBe('a: mine')
    expect(parse('a: mine')).toBe(first)
  })

  it('forgets the file that was not used for the longest time', () => {
    const [old, used] = [parse('a: old'), parse('a: used')]
    for (let at = 0; at < CACHED_FILES_MAX - 1; at++) {
      parse(`a: ${at}`)
      expect(parse('a: used')).toBe(used)
    }
    expect(parse('a: old')).not.toBe(old)
  })

  it('keeps no file that is larger than the whole cache', () => {
    const large = `a: "${'x'.repeat(9_000_000)}"`
    const used = parse('a: used again')
    // A failing toBe would print both.
    expect(parse(large) === parse(large)).toBe(false)
    expect(parse('a: used again')).toBe(used)
  })

  it('holds the limit of each call', () => {
    parse('a: limited')
    expect(() => parse('a: limited', 3)).toThrow('it has 10 bytes, the limit is 3')
  })
})
