import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import type { PromptPatch, PromptStrategy } from '../../../../src/optimizer/models/prompt-patch.js'
import { PromptPatchEngine } from '../../../../src/optimizer/patching/prompt-patch-engine.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { tempDirectory } from '../../../support/temp.js'
import { EXPECTED, REAL_FILES } from '../../dify/dify-files.js'
import { importOne } from '../identity/apps.js'
import { FILE, SOURCE, SYSTEM } from './workflows.js'

const engine = new PromptPatchEngine()
const replace = (content: string): PromptStrategy => ({ mode: 'replace', content })
const patch = (by_id: string, strategy: PromptStrategy): PromptPatch => ({
  selector: { by_id },
  strategy,
})

describe('PromptPatchEngine', () => {
  it('changes the text that is meant, and not a byte beside it', async () => {
    const { dsl, bytes, changes, diff, skipped } = await engine.applyPatches(FILE, [
      patch('1711', replace('Answer in one sentence.\nUse {{#context#}}.')),
    ])
    expect(dsl).toBe(SOURCE.replace('two sentences', 'one sentence'))
    expect(Buffer.from(bytes).toString()).toBe(dsl)
    expect(changes).toEqual([
      {
        pointer: SYSTEM,
        node_id: '1711',
        line: 16,
        before: 'Answer in two sentences.\nUse {{#context#}}.',
        after: 'Answer in one sentence.\nUse {{#context#}}.',
        style: 'literal',
        patches: [0],
        lost_placeholders: [],
      },
    ])
    expect(skipped).toEqual([])
    expect(diff).toContain(
      '-            Answer in two sentences.\n+            Answer in one sentence.\n',
    )
  })

  it('returns the file as it is if nothing changes', async () => {
    for (const patches of [
      [],
      [patch('1711', replace(''))],
      [patch('1713', replace('Dear {{ name }},'))],
    ]) {
      const { bytes, diff, changes } = await engine.applyPatches(FILE, patches)
      expect([Buffer.from(bytes).toString(), diff, changes]).toEqual([SOURCE, '', []])
    }
  })

  it('leaves every real file as it is for patches that change nothing', async () => {
    const readable = new Map(EXPECTED.map(({ file, valid_yaml }) => [file, valid_yaml]))
    let patches = 0
    for (const [name, bytes] of REAL_FILES) {
      if (readable.get(name) === false) continue
      const file = parseDifyFile(bytes, name)
      const same = file.texts
        .filter(({ text }) => text !== '')
        .map(({ pointer, text }) => ({ selector: { by_path: pointer }, strategy: replace(text) }))
      const patched = await engine.applyPatches(file, same)
      expect(Buffer.from(patched.bytes).equals(bytes), name).toBe(true)
      patches += same.length
    }
    expect(patches).toBeGreaterThan(300)
  })

  it('applies patches of one text in their order', async () => {
    const { changes } = await engine.applyPatches(FILE, [
      patch('1711', { mode: 'prepend', content: 'Be polite.' }),
      patch('1711', { mode: 'append', content: 'Name your source.' }),
    ])
    expect(changes).toMatchObject([
      {
        after: 'Be polite.\n\nAnswer in two sentences.\nUse {{#context#}}.\n\nName your source.',
        patches: [0, 1],
      },
    ])
  })

  it('finds a prompt by the id that the store has for it', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, { file: 'replies.yml', content: SOURCE }, { workflowId: 'my replies' })
    const patches = [
      { selector: { by_prompt: 'my replies_1712_1' }, strategy: replace('Third voice') },
    ]
    const { dsl } = await engine.applyPatches(FILE, patches, { storage })
    expect(dsl).toBe(SOURCE.replace('Second voice', 'Third voice'))
  })

  it('leaves out a patch that matches nothing if it says so, and reports it', async () => {
    const selector = { by_id: '9', if_missing: 'skip' } as const
    const { changes, skipped } = await engine.applyPatches(FILE, [
      { selector, strategy: replace('x') },
      { selector: { by_id: '8', constraints: { if_missing: 'skip' } }, strategy: replace('x') },
    ])
    expect(changes).toEqual([])
    expect(skipped).toEqual([
      { patch: 0, reason: expect.stringContaining('there is no node 9') },
      { patch: 1, reason: expect.stringContaining('there is no node 8') },
    ])
  })

  it.each<[string, PromptPatch, string]>([
    ['OPT-PATCH-001', patch('9', replace('x')), 'there is no node 9'],
    ['OPT-PATCH-002', patch('1712', replace('x')), 'name one by its by_path'],
    [
      'OPT-PATCH-003',
      patch('1711', { mode: 'template', template: { inline: '{{ x }}' } }),
      'variable "x"',
    ],
    ['OPT-PATCH-003', patch('1711', { mode: 'template', template: { file: 'a' } }), 'templateRoot'],
    ['OPT-VAR-001', patch('1711', replace('No context.')), 'would lose {{#context#}}'],
  ])('fails with %s for a patch that cannot be applied', async (code, wrong, reason) => {
    await expect(
      engine.applyPatches(FILE, [patch('1713', replace('Dear {{ name }}!')), wrong]),
    ).rejects.toMatchObject({
      name: 'PatchError',
      code,
      message: expect.stringContaining(reason),
      context: { file: 'replies.yml', patch: 1 },
    })
  })

  it('reports lost placeholders in place of failing if it is told to', async () => {
    const { changes } = await new PromptPatchEngine({ lostPlaceholders: 'report' }).applyPatches(
      FILE,
      [patch('1711', replace('No context.'))],
    )
    expect(changes).toMatchObject([{ after: 'No context.', lost_placeholders: ['{{#context#}}'] }])
  })

  it('refuses a patch of a wrong shape, also one that would match every node', async () => {
    await expect(
      engine.applyPatches(FILE, [{ selector: {}, strategy: replace('x') }]),
    ).rejects.toThrow('Key "patches[0].selector" is wrong: expected at least one of by_id')
    await expect(engine.applyPatches(FILE, {} as never)).rejects.toThrow(TypeError)
    expect(() => new PromptPatchEngine({ root: 'x' } as never)).toThrow('root')
  })
})

describe('a template file', () => {
  async function templates(): Promise<string> {
    const directory = await tempDirectory()
    await mkdir(join(directory, 'templates'))
    await writeFile(join(directory, 'secret.txt'), 'secret')
    await writeFile(join(directory, 'templates', 'polite.txt'), 'Be polite. {{ original }}')
    await symlink(join('..', 'secret.txt'), join(directory, 'templates', 'link.txt'))
    return join(directory, 'templates')
  }
  const from = (file: string, fallback_value?: string): PromptPatch =>
    patch('1711', { mode: 'template', template: { file }, fallback_value })

  it('is read below the root', async () => {
    const env = { io_paths: { templates: await templates() } }
    const { changes } = await new PromptPatchEngine({ env }).applyPatches(FILE, [
      from('polite.txt'),
    ])
    expect(changes).toMatchObject([
      { after: 'Be polite. Answer in two sentences.\nUse {{#context#}}.' },
    ])
  })

  it('is never read anywhere else', async () => {
    const templateRoot = await templates()
    const rooted = new PromptPatchEngine({ templateRoot })
    for (const file of [
      '../secret.txt',
      join(templateRoot, '..', 'secret.txt'),
      'link.txt',
      'none.txt',
    ])
      await expect(rooted.applyPatches(FILE, [from(file)]), file).rejects.toMatchObject({
        code: 'OPT-PATCH-003',
        message: expect.stringMatching(/below the root of the templates/),
      })
    const { changes } = await rooted.applyPatches(FILE, [from('none.txt', 'Use {{#context#}}.')])
    expect(changes).toMatchObject([{ after: 'Use {{#context#}}.' }])
  })
})
