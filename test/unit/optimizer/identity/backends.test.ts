import { describe, expect, it } from 'vitest'
import { createStorage } from '../../../../src/index.js'
import { importWorkflows } from '../../../../src/optimizer/identity/import-workflows.js'
import { SHARED_KINDS, storePlace } from '../../../support/prompt-stores.js'
import { readWorkflowText, WORKFLOW_FILES } from '../workflow-files.js'

const sources = WORKFLOW_FILES.map((file) => ({ file, content: readWorkflowText(file) }))

describe.each(['memory', ...SHARED_KINDS])('an import into a store of the kind %s', (kind) => {
  it('recognises everything when it is repeated, and leaves its records out of the list of prompts', async () => {
    const open =
      kind === 'memory' ? async () => await createStorage('memory:') : await storePlace(kind)
    const storage = await open()
    const first = await importWorkflows(sources, { storage })
    expect(first.reduce((sum, { created }) => sum + created, 0)).toBe(117)
    const again = await importWorkflows(sources, { storage })
    expect(again.every(({ recognisedBy }) => recognisedBy === 'path')).toBe(true)
    expect(again.reduce((sum, { unchanged }) => sum + unchanged, 0)).toBe(117)
    const ids = await storage.listPromptIds()
    const all = await storage.listPromptIds({ records: true })
    expect([ids.length, all.length - ids.length]).toEqual([117, 12])
  })
})
