import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WorkflowCatalog } from '../../../../src/optimizer/models/workflow-catalog.js'
import { tempDirectory } from '../../../support/temp.js'
import { WORKFLOW_DIRECTORY } from '../workflow-files.js'

/** A catalog of real workflows, by their files. */
export function realCatalog(...files: readonly string[]): WorkflowCatalog {
  const workflows = files.map((file, index) => ({ id: `wf_${index + 1}`, dsl_path: file }))
  return new WorkflowCatalog({ workflows }, { directory: WORKFLOW_DIRECTORY })
}

/** A catalog with one workflow `wf`, whose LLM nodes have these texts. Its file is in a directory of the test's own. */
export async function madeCatalog(...texts: readonly string[]): Promise<WorkflowCatalog> {
  const directory = await tempDirectory()
  const nodes = texts.map((text, index) => ({
    id: `100${index}`,
    data: { type: 'llm', title: `Node ${index}`, prompt_template: [{ role: 'system', text }] },
  }))
  const app = { name: 'made', mode: 'workflow' }
  const file = { app, kind: 'app', version: '0.3.0', workflow: { graph: { nodes, edges: [] } } }
  await writeFile(join(directory, 'made.yml'), JSON.stringify(file))
  const workflows = [{ id: 'wf', dsl_path: 'made.yml' }]
  return new WorkflowCatalog({ workflows }, { directory })
}

/** Weak enough to be rewritten: requests, fillers, steps in one line. */
export const WEAK =
  'Could you maybe look at some stuff in the text {{#1713262060182.text#}} in order to really help the user? First, read it. Then, kind of sort the things. Finally, answer.'
