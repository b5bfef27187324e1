import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../src/dify/workflow/dify-file.js'
import { replaceTexts } from '../../../src/dify/workflow/replace-texts.js'
import { PromptExtractor } from '../../../src/optimizer/prompt-extractor.js'
import { promptSchema } from '../../../src/versions/prompts/prompt.js'
import { tempDirectory } from '../../support/temp.js'
import { EXPECTED, EXTRA, REAL_FILES, workflowOf } from '../dify/dify-files.js'

const now = (): Date => new Date('2026-01-02T03:04:05.678Z')

describe('PromptExtractor', () => {
  it('extracts every text of the real files, each under its own id, as prompts that can be stored', async () => {
    const extractor = new PromptExtractor({ optionalTexts: true })
    for (const { file, carriers = [], valid_yaml } of EXPECTED) {
      if (!valid_yaml) continue
      const prompts = extractor.extractFromWorkflow(await extractor.loadDslFile(join(EXTRA, file)))
      expect(prompts, file).toHaveLength(carriers.length)
      expect(new Set(prompts.map(({ id }) => id)).size).toBe(prompts.length)
      for (const prompt of prompts) expect(promptSchema.safeParse(prompt).error).toBeUndefined()
    }
  })

  it('gives a prompt its place, the name of its carrier and the id of its message', () => {
    const source = workflowOf(
      '{type: llm, title: T, prompt_template: [{id: m, role: user, text: "{{#sys.query#}}"}]}',
    )
    const file = parseDifyFile(source, 'x.yml')
    expect(new PromptExtractor({ now }).extractFromWorkflow(file, 'mine')).toEqual([
      {
        id: 'mine_n0',
        workflow_id: 'mine',
        node_id: 'n0',
        node_type: 'llm',
        text: '{{#sys.query#}}',
        role: 'user',
        variables: ['#sys.query#'],
        context: {
          app_name: 'small',
          app_mode: 'workflow',
          node_title: 'T',
          carrier: 'llm.chat',
          message_index: 0,
          message_id: 'm',
          edition_type: 'basic',
          pointer: '/workflow/graph/nodes/0/data/prompt_template/0/text',
          line: 5,
          column: expect.any(Number),
        },
        extracted_at: '2026-01-02T03:04:05.678Z',
      },
    ])
  })

  it('leaves texts for users out unless they are asked for', () => {
    const file = parseDifyFile(workflowOf('{type: answer, answer: Hello}'), 'x.yml')
    expect(new PromptExtractor().extractFromWorkflow(file)).toEqual([])
    const [prompt] = new PromptExtractor({ optionalTexts: true }).extractFromWorkflow(file)
    expect(prompt).toMatchObject({ id: 'small_n0_answer', text: 'Hello' })
  })

  it('gives pointers by which the texts can be replaced', () => {
    const [, bytes = new Uint8Array()] = REAL_FILES.find(([name]) => name === 'Artifact.yml') ?? []
    const file = parseDifyFile(bytes, 'Artifact.yml')
    const [first] = new PromptExtractor().extractFromWorkflow(file)
    const changed = replaceTexts(
      file,
      new Map([[first?.context['pointer'] as string, 'Another text']]),
    )
    const [again] = new PromptExtractor().extractFromWorkflow(
      parseDifyFile(changed, 'Artifact.yml'),
    )
    expect([again?.id, again?.text]).toEqual([first?.id, 'Another text'])
  })

  it('parses the same bytes once', async () => {
    const directory = await tempDirectory()
    const paths = ['a.yml', 'b.yml'].map((name) => join(directory, name))
    const text = workflowOf('{type: end}')
    for (const path of paths) writeFileSync(path, text)
    const extractor = new PromptExtractor()
    const [path = '', other = ''] = paths
    const first = await extractor.loadDslFile(path)
    expect(await extractor.loadDslFile(path)).toBe(first)
    expect((await extractor.loadDslFile(other)).bytes).toBe(first.bytes)
    writeFileSync(path, text.replace('small', 'other'))
    expect((await extractor.loadDslFile(path)).name).toBe('other')
    expect(readFileSync(other, 'utf8')).toBe(text)
  })

  it('extracts those of one node, with the ids that they have in the workflow', () => {
    const data = '{type: llm, prompt_template: [{role: user, text: a}, {role: user, text: b}]}'
    const file = parseDifyFile(workflowOf(data, data), 'x.yml')
    const extractor = new PromptExtractor()
    expect(extractor.extractFromNode(file, 'n1', 'w').map(({ id }) => id)).toEqual([
      'w_n1_0',
      'w_n1_1',
    ])
    expect(() => extractor.extractFromNode(file, 'n2')).toThrow(
      expect.objectContaining({ code: 'OPT-EXT-002', context: { file: 'x.yml', node_id: 'n2' } }),
    )
  })

  it('says which file cannot be read, and why', async () => {
    const missing = join(await tempDirectory(), 'missing.yml')
    await expect(new PromptExtractor().loadDslFile(missing)).rejects.toMatchObject({
      code: 'OPT-SVC-004',
      context: { file: missing },
      cause: { code: 'ENOENT' },
    })
    await expect(
      new PromptExtractor({ fileBytesMax: 10 }).loadDslFile(join(EXTRA, 'manifest.json')),
    ).rejects.toMatchObject({ code: 'OPT-SVC-004', cause: { code: 'EFBIG' } })
  })

  it('refuses wrong options and arguments', () => {
    expect(() => new PromptExtractor({ optional: true } as never)).toThrow('optional')
    expect(() => new PromptExtractor({ now: 1 as never })).toThrow(TypeError)
    expect(() => new PromptExtractor().extractFromWorkflow({} as never)).toThrow('Argument "dsl"')
    const file = parseDifyFile(workflowOf('{type: end}'), 'x.yml')
    expect(() => new PromptExtractor().extractFromWorkflow(file, 1 as never)).toThrow('workflowId')
  })
})
