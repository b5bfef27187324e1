import { describe, expect, it } from 'vitest'
import { type DifyFile, parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import { editTexts, replaceTexts } from '../../../../src/dify/workflow/replace-texts.js'
import { differencesByPyYaml, HAS_PYYAML } from '../../../support/pyyaml.js'
import { REAL_FILES, workflowOf } from '../dify-files.js'

const FILES: readonly DifyFile[] = REAL_FILES.filter(([name]) => !name.endsWith('chatbot.yml')).map(
  ([name, bytes]) => parseDifyFile(bytes, name),
)

/** A short text, one that is hard to write, and one in other scripts. */
const NEW_TEXTS = [
  'Short new text.',
  '  first: "x" # \'y\'\n\n- second\n   indented \nlast: |\n',
  '请用中文回答 🤔\n第二行。',
]

describe('the real files', () => {
  it('are byte-identical if every text is replaced by itself', () => {
    for (const file of FILES) {
      const same = new Map(file.texts.map(({ pointer, text }) => [pointer, text]))
      const { bytes, edits } = editTexts(file, same)
      expect(edits).toEqual([])
      expect(Buffer.compare(bytes, file.bytes), file.file).toBe(0)
      expect(bytes).not.toBe(file.bytes)
    }
    expect(FILES).toHaveLength(99)
  })

  it('keep every other byte when all of their texts change, and can be changed back', () => {
    for (const file of FILES) {
      const changes = new Map(
        file.texts.map(({ pointer }, at) => [pointer, NEW_TEXTS[at % 3] ?? '']),
      )
      const changed = parseDifyFile(replaceTexts(file, changes), file.file)
      expect(changed.texts.map(({ text }) => text)).toEqual([...changes.values()])
      const before = new Map(file.texts.map(({ pointer, text }) => [pointer, text]))
      const again = parseDifyFile(replaceTexts(changed, before), file.file)
      expect(again.texts.map(({ text }) => text)).toEqual([...before.values()])
    }
  })

  // Each a part of the files, so that none takes long.
  describe.skipIf(!HAS_PYYAML).each(NEW_TEXTS)('are read by PyYAML', (text) => {
    it.each([0, 1, 2, 3])(
      `with one text changed to ${JSON.stringify(text)} and all else the same, for each of their texts (part %i)`,
      (part) => {
        const groups = FILES.filter((_file, at) => at % 4 === part).map((file) => {
          const pointers = file.texts.flatMap((each) => (each.text === text ? [] : each.pointer))
          const edited = pointers.map((at) => replaceTexts(file, new Map([[at, text]])))
          return { file, pointers, edited }
        })
        const found = differencesByPyYaml(groups.map(({ file, edited }) => [file.bytes, edited]))
        for (const [at, { file, pointers }] of groups.entries())
          expect(found[at], file.file).toEqual(pointers.map((pointer) => [[pointer, text]]))
      },
    )
  })

  it('have 400 texts', () => {
    expect(FILES.flatMap(({ texts }) => texts)).toHaveLength(400)
  })
})

const TEXT = '/workflow/graph/nodes/0/data/prompt_template/0/text'

function small(text: string): string {
  return `${workflowOf(`{type: llm, prompt_template: [{role: user, text: ${text}}]}`)}# note\n`
}

describe('replaceTexts', () => {
  it.each(['utf16le', 'utf8'] as const)(
    'keeps encoding %s, byte order mark and line endings',
    (encoding) => {
      const source = `\ufeff${small('old')}`.replaceAll('\n', '\r\n')
      const file = parseDifyFile(Buffer.from(source, encoding), 'x.yml')
      const bytes = replaceTexts(file, new Map([[TEXT, 'neu 中']]))
      expect(Buffer.from(bytes).toString(encoding)).toBe(source.replace('old', 'neu 中'))
      const big = parseDifyFile(Buffer.from(source, 'utf16le').swap16(), 'x.yml')
      const swapped = Buffer.from(replaceTexts(big, new Map([[TEXT, 'new']]))).swap16()
      expect(swapped.toString('utf16le')).toBe(source.replace('old', 'new'))
    },
  )

  it('says which style each text has, in the order of the file', () => {
    const file = parseDifyFile(
      workflowOf("{type: answer, answer: 'a'}", '{type: answer, answer: b}'),
      'x.yml',
    )
    const [first = '', second = ''] = file.texts.map(({ pointer }) => pointer)
    expect(
      editTexts(
        file,
        new Map([
          [second, 'a\nb'],
          [first, 'c'],
        ]),
      ),
    ).toMatchObject({
      edits: [
        { pointer: first, style_before: 'single', style: 'single' },
        { pointer: second, style_before: 'plain', style: 'double' },
      ],
      second_reading: 'same',
    })
  })

  it('says if only one parser could check the result', () => {
    const source = workflowOf('{type: llm, prompt_template: [{role: user, text: old}]}').replace(
      'old',
      "'old\ntext'",
    )
    const file = parseDifyFile(source, 'x.yml')
    expect(editTexts(file, new Map([[TEXT, 'new']])).second_reading).toBe('refused')
  })

  it('puts a text in place of an alias, and refuses to change what an alias shares', () => {
    const scalar = parseDifyFile(`x: &x old\n${small('*x')}`, 'x.yml')
    expect(Buffer.from(replaceTexts(scalar, new Map([[TEXT, 'new']]))).toString()).toContain(
      'x: &x old\n',
    )
    const shared = parseDifyFile(
      `x: &x [{role: user, text: old}]\n${workflowOf('{type: llm, prompt_template: *x}')}`,
      'x.yml',
    )
    expect(() => replaceTexts(shared, new Map([[TEXT, 'new']]))).toThrow(
      expect.objectContaining({
        code: 'OPT-PATCH-010',
        context: {
          file: 'x.yml',
          pointer: TEXT,
          reason: 'the edit would also change /x/0/text',
        },
      }),
    )
  })

  it.each([
    ['no node', '/workflow/x', 'new', 'there is no text in the file'],
    ['a mapping', '/workflow', 'new', 'there is no text in the file'],
    ['half a character', TEXT, '\ud83e', 'half a character'],
  ])('refuses %s', (_what, pointer, text, reason) => {
    const file = parseDifyFile(small('old'), 'x.yml')
    expect(() => replaceTexts(file, new Map([[pointer, text]]))).toThrow(
      expect.objectContaining({
        code: 'OPT-PATCH-010',
        message: expect.stringContaining(reason),
      }),
    )
  })

  it('refuses wrong arguments', () => {
    const file = parseDifyFile(small('old'), 'x.yml')
    expect(() => replaceTexts(file, {} as never)).toThrow('Argument "changes" must be a Map')
    expect(() => replaceTexts(file, new Map([[TEXT, 1 as never]]))).toThrow(TypeError)
  })
})
