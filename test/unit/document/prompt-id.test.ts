import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isRecordId,
  recordIdOf,
  RECORD_PREFIX,
  checkPromptId,
  decodePromptName,
  encodePromptId,
  isHashedName,
  PROMPT_NAME_BYTES_MAX,
  isShardName,
  SHARD_DEPTH_MAX,
  SHARD_DEPTH_MIN,
  shardOf,
} from '../../../src/document/prompt-id.js'
import { seeded } from '../../support/random.js'

const plain = { foldCase: false }
const folding = { foldCase: true }
const modes = [plain, folding]

/** Ids near the edges of the encoding, beside any Unicode at all. */
const edgy = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Array.from('aAzZkK09_-.~%/\\:*?"<>| \t\n')),
      fc.constantFrom('con', 'CON', 'Nul', 'lpt1', '.json', '~u8', '%41', '%e4', 'u'),
      fc.constantFrom(
        'é',
        'e\u0301',
        'が',
        'か\u3099',
        'ヷ',
        '가',
        '\u1100\u1161',
        '翻译',
        '\u9fff',
        '\u4dbf',
        'ß',
        'ſ',
        'İ',
        'K',
        '🤖',
      ),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(''))
const ids = fc
  .oneof(
    edgy,
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.string({ minLength: 1 }),
  )
  .filter((id) => !id.includes('\0'))

/** What the most forgiving disks do to a name before they compare it. */
const folds = [
  (name: string): string => name.toLowerCase().normalize('NFC'),
  (name: string): string => name.toUpperCase().normalize('NFD'),
  (name: string): string => name.toLowerCase().normalize('NFKD'),
]

describe('the name of a prompt id', () => {
  it.each([
    ['prompt_001', 'prompt_001', 'prompt_001'],
    ['1739189441547start', '1739189441547start', '1739189441547start'],
    ['全书翻译_llm', '全书翻译_llm', '全书翻译_llm'],
    ['Hello', 'Hello', 'hello~u8'],
    ['helloWORLD', 'helloWORLD', 'helloworld~u07c'],
    ['a b', 'a%20b', 'a%20b'],
    ['../x', '%2e.%2fx', '%2e.%2fx'],
    ['.', '%2e', '%2e'],
    ['..', '%2e%2e', '%2e%2e'],
    ['v1.', 'v1%2e', 'v1%2e'],
    ['con', '%63on', '%63on'],
    ['CON.txt', '%43ON.txt', '%43on.txt~uc'],
    ['console', 'console', 'console'],
    ['~', '%7e', '%7e'],
    ['é', '%c3%a9', '%c3%a9'],
    ['Ünder', '%c3%9cnder', '%c3%9cnder'],
    ['🤖', '%f0%9f%a4%96', '%f0%9f%a4%96'],
  ])('%j is %j, and %j on disks that fold case', (id, name, folded) => {
    expect(encodePromptId(id, plain)).toBe(name)
    expect(encodePromptId(id, folding)).toBe(folded)
  })

  it('decodes to the id again', () => {
    fc.assert(
      fc.property(ids, fc.constantFrom(...modes), (id, mode) => {
        const name = encodePromptId(id, mode)
        expect(isHashedName(name) ? id : decodePromptName(name, mode)).toBe(id)
      }),
      { numRuns: 5000 },
    )
  })

  it('is safe on every file system', () => {
    fc.assert(
      fc.property(ids, fc.constantFrom(...modes), (id, mode) => {
        const name = encodePromptId(id, mode)
        expect(name).not.toMatch(/^$|^\.|\.$|[/\\:*?"<>| \p{Cc}\p{Cf}\p{Cs}\p{M}]/u)
        expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
        // No name that Windows gives to others: `LONGNA~1`.
        expect(name).not.toMatch(/^[^.]{1,6}~\d/)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(PROMPT_NAME_BYTES_MAX)
      }),
      { numRuns: 5000 },
    )
  })

  it('is never that of another id, not even after folding', () => {
    fc.assert(
      fc.property(ids, ids, (left, right) => {
        fc.pre(left !== right)
        expect(encodePromptId(left, plain)).not.toBe(encodePromptId(right, plain))
        const [one, two] = [encodePromptId(left, folding), encodePromptId(right, folding)]
        for (const fold of folds) expect(fold(one)).not.toBe(fold(two))
      }),
      { numRuns: 5000 },
    )
  })

  it('is never that of a twin in case or form', () => {
    fc.assert(
      fc.property(ids, (id) => {
        const twins = [
          id.toUpperCase(),
          id.toLowerCase(),
          id.normalize('NFD'),
          id.normalize('NFC'),
          `${id}.`,
          `${id} `,
        ]
        const names = new Map(twins.concat(id).map((twin) => [twin, encodePromptId(twin, folding)]))
        for (const fold of folds)
          expect(new Set([...names.values()].map(fold)).size).toBe(names.size)
      }),
      { numRuns: 3000 },
    )
  })

  it('is left alone by folding', () => {
    fc.assert(
      fc.property(ids, (id) => {
        const name = encodePromptId(id, folding)
        expect(name.toLowerCase()).toBe(name)
        expect(name.normalize('NFC')).toBe(name)
      }),
      { numRuns: 3000 },
    )
  })

  it('is recognised when a disk gives it back decomposed', () => {
    for (const id of ['가격', 'ガイド', 'ヷ']) {
      const name = encodePromptId(id, folding)
      expect(name).toBe(id)
      expect(decodePromptName(name.normalize('NFD'), folding)).toBe(id)
    }
  })
})

describe('a name that would be too long', () => {
  it('is a hash, from 201 bytes on', () => {
    expect(encodePromptId('x'.repeat(200), plain)).toBe('x'.repeat(200))
    for (const id of ['x'.repeat(201), '译'.repeat(67), ' '.repeat(67), 'X'.repeat(300)])
      for (const mode of modes) {
        const name = encodePromptId(id, mode)
        if (id.startsWith('X') || id.length >= 67) expect(isHashedName(name)).toBe(true)
        expect(decodePromptName(name, mode)).toBeUndefined()
      }
  })

  it('counts the case suffix', () => {
    const id = `${'x'.repeat(198)}X`
    expect(encodePromptId(id, plain)).toBe(id)
    expect(isHashedName(encodePromptId(id, folding))).toBe(true)
  })

  it('is different for ids that differ at the end', () => {
    const names = ['a', 'b', 'A'].map((end) => encodePromptId('x'.repeat(400) + end, folding))
    expect(new Set(names).size).toBe(3)
  })
})

describe('a name that we never give', () => {
  it.each([
    '',
    '.',
    '..',
    '.trash',
    'a ',
    'A%2',
    '%zz',
    '%41',
    '%ff',
    '%2E',
    'a.',
    'con',
    'é',
    '\u9fff',
    'a/b',
    '~',
    '~abc',
    'x'.repeat(201),
  ])('%j stands for no id', (name) => {
    expect(decodePromptName(name, plain)).toBeUndefined()
  })

  it.each([
    'Hello',
    'hello~u',
    'hello~u0',
    'hello~u80',
    'hello~uF8',
    'hello~8',
    'hello~u04',
    '123~u8',
    '~u8',
  ])('%j stands for no id where case is folded', (name) => {
    expect(decodePromptName(name, folding)).toBeUndefined()
  })

  it('is every name but one of those that decode alike', () => {
    fc.assert(
      fc.property(ids, fc.constantFrom(...modes), (name, mode) => {
        const id = decodePromptName(name, mode)
        if (id !== undefined)
          expect(encodePromptId(id, mode)).toBe(mode.foldCase ? name.normalize('NFC') : name)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('checkPromptId', () => {
  it.each(['a', ' ', '__proto__', 'x'.repeat(1024), '译'.repeat(341)])('takes %j', (id) => {
    expect(() => checkPromptId(id)).not.toThrow()
  })

  it.each(['', 'a\0', '\ud800', 'x'.repeat(1025), '译'.repeat(342), undefined, null, 7, {}, ['a']])(
    'refuses %j',
    (id) => {
      expect(() => checkPromptId(id)).toThrow(TypeError)
      expect(() => checkPromptId(id)).toThrow(
        /^Argument "promptId" must be a non-empty, well-formed string/,
      )
      expect(() => encodePromptId(id as string, plain)).toThrow(TypeError)
    },
  )
})

describe('the id of a record', () => {
  it('is recognised, with its kind', () => {
    const id = recordIdOf('workflow', 'my flow')
    expect(id).toBe(`${RECORD_PREFIX}workflow:my flow`)
    expect([isRecordId(id), isRecordId(id, 'workflow'), isRecordId(id, 'run')]).toEqual([
      true,
      true,
      false,
    ])
  })

  it.each([
    'a',
    'holdfast',
    'holdfast:',
    'holdfast:workflow:',
    'holdfast:workflow:a_b',
    'holdfast:a',
  ])('is not %j', (id) => expect(isRecordId(id)).toBe(false))
})

describe('the shard of a prompt', () => {
  it('is the start of the SHA-256 of its id', () => {
    // From `printf %s prompt_001 | sha256sum`, and so on.
    expect(['prompt_001', 'prompt_002', 'prompt_003'].map((id) => shardOf(id, 2))).toEqual([
      '98',
      '74',
      'e6',
    ])
    expect(shardOf('prompt_001', 4)).toMatch(/^98[0-9a-f]{2}$/)
  })

  it('is the same every time, and begins with the shard of each smaller depth', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
        for (let depth = SHARD_DEPTH_MIN; depth <= SHARD_DEPTH_MAX; depth++) {
          const shard = shardOf(id, depth)
          expect(shardOf(id, depth)).toBe(shard)
          expect(isShardName(shard, depth)).toBe(true)
          expect(shardOf(id, SHARD_DEPTH_MAX).startsWith(shard)).toBe(true)
        }
      }),
      seeded(200),
    )
  })

  it('spreads prompts evenly', () => {
    const counts = new Map<string, number>()
    for (let at = 0; at < 16_000; at++) {
      const shard = shardOf(`prompt_${at}`, 1)
      counts.set(shard, (counts.get(shard) ?? 0) + 1)
    }
    expect(counts.size).toBe(16)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200)
  })

  it('has a name of exactly its depth in lower-case hex', () => {
    expect(['0f', '00', 'ff'].every((name) => isShardName(name, 2))).toBe(true)
    expect(['', 'f', '0F', 'fff', 'gg', '.f'].some((name) => isShardName(name, 2))).toBe(false)
  })
})
