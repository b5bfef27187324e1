import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  WorkflowCatalog,
  WorkflowEntry,
} from '../../../../src/optimizer/models/workflow-catalog.js'

const ENTRY = { id: 'wf_001', label: 'Replies', dsl_path: 'flows/replies.yml', tags: ['mail'] }
const DIRECTORY = resolve('catalog')

describe('WorkflowCatalog', () => {
  const catalog = new WorkflowCatalog({ workflows: [ENTRY, { id: 'wf_002', dsl_path: 'b.yml' }] })

  it('finds a workflow by its id, and answers undefined for one that it does not have', () => {
    expect(catalog.getWorkflow('wf_001')).toMatchObject({ label: 'Replies', nodes: [] })
    expect(catalog.getWorkflow('wf_003')).toBeUndefined()
  })

  it('finds the workflows with a tag', () => {
    expect(catalog.getWorkflowsByTag('mail').map(({ id }) => id)).toEqual(['wf_001'])
    expect(catalog.getWorkflowsByTag('none')).toEqual([])
  })

  it.each([
    [{ workflows: [ENTRY, ENTRY] }, `the catalog: Key "workflows[1].id" is wrong`],
    [
      { workflow: [] },
      'the catalog: Unknown key "workflow" of the catalog; did you mean "workflows"?',
    ],
    [{ workflows: [{ ...ENTRY, dsl_pth: 'x' }] }, 'did you mean "dsl_path"?'],
    [{ workflows: [{ id: 'a' }] }, 'the catalog: Key "workflows[0].dsl_path" is wrong'],
    [{ workflows: [{ ...ENTRY, nodes: [{ id: 'x' }] }] }, 'of workflows[0].nodes[0]'],
  ])('is refused with the place of what is wrong: %j', (given, message) => {
    expect(() => new WorkflowCatalog(given as never)).toThrow(TypeError)
    expect(() => new WorkflowCatalog(given as never)).toThrow(message)
  })

  it('refuses an option that it does not have', () => {
    expect(() => new WorkflowCatalog({ workflows: [] }, { dir: 'x' } as never)).toThrow('dir')
  })
})

describe('the path of a workflow', () => {
  it('begins at the base that is given', () => {
    const base = resolve('exports')
    expect(new WorkflowEntry(ENTRY).dslPathResolved(base)).toBe(join(base, 'flows/replies.yml'))
  })

  it('begins at the directory of the catalog without a base', () => {
    const { workflows } = new WorkflowCatalog({ workflows: [ENTRY] }, { directory: DIRECTORY })
    expect(workflows[0]?.dslPathResolved()).toBe(join(DIRECTORY, 'flows/replies.yml'))
  })

  it('begins at the working directory without either', () => {
    expect(new WorkflowEntry(ENTRY).dslPathResolved()).toBe(resolve('flows/replies.yml'))
  })

  it('is the one of the catalog if that is absolute', () => {
    const absolute = resolve('elsewhere/a.yml')
    const entry = new WorkflowEntry({ id: 'a', dsl_path: absolute })
    expect(entry.dslPathResolved(DIRECTORY)).toBe(absolute)
  })
})
