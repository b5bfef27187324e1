import type { TextPrompt } from '../../versions/prompts/prompt.js'

/** What reads the prompts of a workflow's file. `PromptExtractor` does. */
export interface WorkflowReader<Dsl = never> {
  /** Reads the file that Dify exported. */
  loadDslFile(path: string): Promise<unknown>
  /** The prompts of a workflow, each a text of its own. Their ids begin with the workflow's id. */
  extractFromWorkflow(dsl: Dsl, workflowId: string): readonly TextPrompt[]
}
