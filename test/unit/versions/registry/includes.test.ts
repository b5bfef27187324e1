import { describe, expect, it } from 'vitest'
import { hasIncludes, splitIncludes } from '../../../../src/versions/registry/includes.js'
import { cpuTimer } from '../../../support/cpu-time.js'

describe('splitIncludes', () => {
  it.each([
    ['{{> tone }}', 'tone', { kind: 'latest' }],
    ['{{>tone}}', 'tone', { kind: 'latest' }],
    ['{{> tone@latest }}', 'tone', { kind: 'latest' }],
    ['{{> tone@production }}', 'tone', { kind: 'label', label: 'production' }],
    ['{{> tone@^1.2 }}', 'tone', { kind: 'range', range: '^1.2' }],
    ['{{> tone@>=1.2 <2 }}', 'tone', { kind: 'range', range: '>=1.2 <2' }],
    ['{{> tone@1.4.2 }}', 'tone', { kind: 'version', version: '1.4.2' }],
    ['{{> app/node:7@1.0.0 }}', 'app/node:7', { kind: 'version', version: '1.0.0' }],
    ['{{> a@b@production }}', 'a@b', { kind: 'label', label: 'production' }],
    ['{{> "my prompt" }}', 'my prompt', { kind: 'latest' }],
    ['{{> "a@b" }}', 'a@b', { kind: 'latest' }],
    ['{{> "}} \\" {{\\u00e9"@production }}', '}} " {{é', { kind: 'label', label: 'production' }],
    ['{{> 翻译@production }}', '翻译', { kind: 'label', label: 'production' }],
  ])('reads %s', (text, id, reference) => {
    expect(splitIncludes(`a${text}b`)).toEqual(['a', { id, reference }, 'b'])
    expect(hasIncludes(text)).toBe(true)
  })

  it('finds several', () => {
    expect(splitIncludes('{{> a }}, {{> b@1.0.0 }}.')).toHaveLength(5)
  })

  it.each(['', '{{name}}', '{> a }', '{{ > a }}', '{{> a', '{{> a }', '{{> a\n}}', '{{> "a }}'])(
    'leaves %j as it is',
    (text) => {
      expect(splitIncludes(text)).toEqual([text])
      expect(hasIncludes(text)).toBe(false)
    },
  )

  it.each<[text: string, message: RegExp]>([
    ['{{> }}', /name a prompt as in/],
    ['{{> my prompt }}', /name a prompt as in/],
    ['{{> @production }}', /name a prompt as in/],
    ['{{> "" }}', /name a prompt as in/],
    ['{{> "\\x" }}', /name a prompt as in/],
    ['{{> "a" b }}', /name a prompt as in/],
    ['{{> a@ }}', /it is empty/],
    ['{{> a@1.2.3.4 }}', /'\.', character 6, does not fit/],
    ['{{> a@Production }}', /'P', character 1, does not fit/],
  ])('refuses %s', (text, message) => {
    expect(() => splitIncludes(text)).toThrow(message)
    expect(() => splitIncludes(text)).toThrow(
      expect.objectContaining({ code: 'OPT-REF-001', context: { reason: 'syntax' } }),
    )
  })

  it('reads a long text of open braces in linear time', () => {
    const elapsed = cpuTimer()
    expect(hasIncludes('{{> a'.repeat(200_000) + '{{> "'.repeat(100_000))).toBe(false)
    expect(elapsed()).toBeLessThan(5000)
  })
})
