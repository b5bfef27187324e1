import fc from 'fast-check'

/** What texts of prompts are made of: line ends, marks of the formats, quotes, other scripts. */
const PIECES = [
  '---',
  '\n',
  '\r\n',
  '\r',
  ' ',
  '\t',
  '# a',
  '{{name}}',
  '{{role "system"}}',
  '{{#if x}}',
  '"',
  "'",
  '\\',
  '{}',
  '[1]',
  ': ',
  'é',
  '你好',
  '👩‍🚀',
  '\uFEFF',
  '\u0000',
  '\u2028',
  'a',
  '<',
  '@',
  '%20',
]

/** Texts that are not blank, and break what does not expect them. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'grapheme', maxLength: 8 })), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) => parts.join(''))
  .filter((text) => /\S/.test(text) && text.isWellFormed())

/** Ids of prompts, ordinary and hostile ones. */
export const hostileId: fc.Arbitrary<string> = fc
  .oneof(
    fc.constantFrom('a', 'A', 'a/b', 'a//b', '/', '..', '.git', 'con', 'a.lock/b', 'a..b', '-x'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  )
  .filter((id) => id.isWellFormed() && !id.includes('\0'))
