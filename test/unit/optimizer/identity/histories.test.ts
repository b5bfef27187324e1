import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileImport } from '../../../../src/optimizer/identity/file-import.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { EXTRA } from '../../dify/dify-files.js'
import { importOne } from './apps.js'

interface ListedFile {
  readonly repo: string
  readonly path: string
  readonly date: string
  readonly file: string
  readonly head: boolean
}

const { files } = JSON.parse(readFileSync(join(EXTRA, 'manifest.json'), 'utf8')) as {
  files: readonly ListedFile[]
}
const nameOf = ({ repo, path }: ListedFile): string => `${repo}/${path}`
const edited = files.filter((file) =>
  files.some((other) => other !== file && nameOf(other) === nameOf(file)),
)

/**
 * What each state of a file brings to the store, judged by hand from the texts of the two states: prompts that are new
 * (of the first state of a workflow, their number), changed ones, and those that are gone. A state that brings nothing
 * has no line. `skills/…` continues `assets/…`: the directory was moved, and its apps are recognised by their nodes.
 */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'Tomatio13/DifyWorkFlowGenerator/dify_chatbot/DifyWorkflowGeneate.yml': [
    '2024-11-11 first of 1',
    '2024-11-16 changed pre_prompt',
    '2024-11-17 changed pre_prompt',
    '2024-11-17 changed pre_prompt',
    '2024-11-17 changed pre_prompt',
    '2024-11-17 changed pre_prompt',
  ],
  'assets/chatflows/agent-chatflow.yml': ['2026-05-22 first of 2'],
  'assets/chatflows/ocr-chatflow.yml': ['2026-05-22 first of 2'],
  'assets/chatflows/rag-chatflow.yml': ['2026-05-22 first of 2'],
  'assets/templates/starter-chatflow.yml': ['2026-05-22 first of 2'],
  'assets/templates/starter-workflow.yml': ['2026-05-22 first of 2'],
  'assets/workflows/conditional-routing.yml': ['2026-05-22 first of 4'],
  'assets/workflows/error-handling.yml': ['2026-05-22 first of 2'],
  'assets/workflows/rag-pipeline.yml': ['2026-05-22 first of 2'],
  'assets/workflows/simple-llm.yml': ['2026-05-22 first of 2'],
  'assets/workflows/webhook-triggered.yml': ['2026-05-22 first of 2'],
  // The LLM node becomes an agent node: other texts of another kind.
  'skills/dify/assets/chatflows/agent-chatflow.yml': [
    '2026-05-25 changed 1718007000002_0',
    '2026-05-25 changed 1718007000002_1',
    '2026-05-25 new 1718007000002_query',
    '2026-05-25 new 1718007000003_template',
    '2026-05-30 new 1779773247200_instruction',
    '2026-05-30 new 1779773247200_query',
    '2026-05-30 new 1779773247200_memory_query',
    '2026-05-30 gone 1718007000002_0',
    '2026-05-30 gone 1718007000002_1',
    '2026-05-30 gone 1718007000002_query',
    '2026-05-30 gone 1718007000003_template',
  ],
  // Both nodes get other ids, and the messages, too: "llm" is 1718006000002, 1779776382581 is 1718006000003.
  'skills/dify/assets/chatflows/ocr-chatflow.yml': [
    '2026-05-25 new 1718006000002_query',
    '2026-05-25 new 1718006000003_template',
    '2026-05-30 changed 1718006000003_template',
    '2026-05-30 gone 1718006000002_query',
  ],
  // So do these: 1779777724841 is 1718008000003.
  'skills/dify/assets/chatflows/rag-chatflow.yml': [
    '2026-05-25 changed 1718008000003_0',
    '2026-05-25 changed 1718008000003_1',
    '2026-05-25 new 1718008000003_query',
    '2026-05-25 new 1718008000004_template',
    '2026-05-30 changed 1718008000003_1',
    '2026-05-30 changed 1718008000003_query',
  ],
  // The template is moved, renamed and rewritten at once: nothing but copied ids of nodes speaks for the old one.
  'skills/dify/assets/templates/starter-chatflow.yml': [
    '2026-05-25 first of 4',
    '2026-05-30 changed 1718010000002_query',
  ],
  'skills/dify/assets/templates/starter-workflow.yml': [
    '2026-05-25 new 1718009000002_query',
    '2026-05-30 gone 1718009000002_query',
  ],
  'skills/dify/assets/workflows/conditional-routing.yml': ['2026-05-30 changed 1718002000003_0'],
  // A second LLM node with two messages.
  'skills/dify/assets/workflows/error-handling.yml': [
    '2026-05-30 new 1718003000003_0',
    '2026-05-30 new 1718003000003_1',
    '2026-05-30 changed 1718003000004_0',
    '2026-05-30 changed 1718003000004_1',
  ],
  'skills/dify/assets/workflows/rag-pipeline.yml': [
    '2026-05-30 changed 1718004000003_0',
    '2026-05-30 changed 1718004000003_1',
  ],
  'skills/dify/assets/workflows/simple-llm.yml': [
    '2026-05-25 changed 1718001000002_0',
    '2026-05-25 new 1718001000002_query',
    '2026-05-30 gone 1718001000002_query',
  ],
  'skills/dify/assets/workflows/structured-output.yml': [
    '2026-05-27 first of 2',
    '2026-05-30 changed 1700000000002',
  ],
  'skills/dify/assets/workflows/webhook-triggered.yml': [],
}

describe('the histories of the edited real files', () => {
  it('have no prompt that is new by mistake, and no app that is another one', async () => {
    const storage = new MemoryStorage()
    const brought: Record<string, string[]> = {}
    for (const file of inOrder(edited)) {
      const content = readFileSync(join(EXTRA, file.file))
      const report = await importOne(storage, { file: nameOf(file), content })
      expect(report.refused, nameOf(file)).toBeUndefined()
      const list = (brought[nameOf(file).replace('A1sh-4/dify-dsl-generator/', '')] ??= [])
      list.push(...linesOf(report).map((line) => `${file.date.slice(0, 10)} ${line}`))
    }
    expect(brought).toEqual(EXPECTED)
    expect(await storage.listPromptIds()).toHaveLength(42)
  })

  it('are those of different workflows for different apps of one name', async () => {
    // A chatbot of another author with the same name, made from this one: the two are never mixed.
    const storage = new MemoryStorage()
    const bots = inOrder(files.filter(({ path }) => path.endsWith('DifyWorkflowGeneate.yml')))
    const reports = []
    for (const file of bots) {
      const content = readFileSync(join(EXTRA, file.file))
      reports.push(await importOne(storage, { file: nameOf(file), content }))
    }
    expect(new Set(bots.map(({ repo }) => repo)).size).toBe(2)
    expect(reports.filter(({ refused }) => refused !== undefined)).toHaveLength(1)
  })
})

function inOrder(list: readonly ListedFile[]): readonly ListedFile[] {
  return list.toSorted((a, b) => Date.parse(a.date) - Date.parse(b.date))
}

function linesOf({ workflow, recognisedBy, prompts, gone }: FileImport): readonly string[] {
  if (recognisedBy === undefined) return [`first of ${prompts.length}`]
  const short = (id: string): string => id.replace(`${workflow}_`, '')
  return [
    ...prompts.flatMap(({ outcome, prompt_id }) => {
      if (outcome === 'unchanged') return []
      return [`${outcome === 'created' ? 'new' : 'changed'} ${short(prompt_id)}`]
    }),
    ...gone.map((id) => `gone ${short(id)}`),
  ]
}
