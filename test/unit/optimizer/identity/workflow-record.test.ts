import { describe, expect, it } from 'vitest'
import { isPromptId } from '../../../../src/document/prompt-id.js'
import {
  documentOf,
  isSameRecord,
  isWorkflowDocumentId,
  recordOf,
  workflowDocumentId,
  type WorkflowRecord,
} from '../../../../src/optimizer/identity/workflow-record.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { VersionManager } from '../../../../src/versions/prompts/version-manager.js'

const RECORD: WorkflowRecord = {
  format: 1,
  workflow_id: 'my_flow',
  app_name: 'Flow',
  app_mode: undefined,
  sources: ['exports/flow.yml'],
  prompts: [
    { prompt_id: 'my_flow_n', node_id: 'n', node_type: 'llm', carrier: 'llm.chat', position: 0 },
  ],
}

describe('the id of the document of a workflow', () => {
  it.each(['flow', 'my_flow', '翻译 %5F', 'a'.repeat(2000), '_'.repeat(900)])(
    'is a valid id without the mark of prompts: %.20s',
    (name) => {
      const id = workflowDocumentId(name)
      expect(isPromptId(id)).toBe(true)
      expect(id).not.toContain('_')
      expect(isWorkflowDocumentId(id)).toBe(true)
    },
  )

  it('is another one for each name', () => {
    const names = ['a_b', 'a%5Fb', 'a%b', 'ab', '_'.repeat(900), '_'.repeat(901)]
    expect(new Set(names.map(workflowDocumentId)).size).toBe(names.length)
  })

  it('is not that of a prompt', () => {
    expect(isWorkflowDocumentId('holdfast:workflow:flow_n')).toBe(false)
    expect(isWorkflowDocumentId('flow_n')).toBe(false)
  })
})

describe('the document of a workflow', () => {
  it('can be saved as a version, and has the record', async () => {
    const manager = new VersionManager({ storage: new MemoryStorage() })
    const version = await manager.createVersion({ prompt: documentOf(RECORD) })
    expect(version.prompt_id).toBe('holdfast:workflow:my%5Fflow')
    expect(recordOf(version)).toEqual(JSON.parse(JSON.stringify(RECORD)))
    expect(isSameRecord(recordOf(version), RECORD)).toBe(true)
  })

  it('differs when anything that it knows differs', () => {
    const { prompts } = RECORD
    for (const change of [
      { app_name: 'Other' },
      { sources: [] },
      { app_id: 'a' },
      { prompts: prompts.map((prompt) => ({ ...prompt, position: 1 })) },
      { prompts: prompts.map((prompt) => ({ ...prompt, gone_since: '2026-11-30T12:00:00.000Z' })) },
    ])
      expect(isSameRecord(RECORD, { ...RECORD, ...change })).toBe(false)
  })

  it('is refused if it is of a later format, or of another program', async () => {
    const manager = new VersionManager({ storage: new MemoryStorage() })
    const later = { ...documentOf(RECORD), context: { workflow: { format: 2 } } }
    const version = await manager.createVersion({ prompt: later })
    expect(() => recordOf(version)).toThrow(
      expect.objectContaining({
        code: 'OPT-EXT-010',
        context: { prompt_id: version.prompt_id, version: '1.0.0' },
      }),
    )
  })
})
