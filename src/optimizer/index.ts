export {
  importWorkflows,
  type FileImport,
  type ImportOptions,
  type PromptImport,
} from './import-prompts.js'
export type { PromptOutcome } from './plan-files.js'
export type { WorkflowSource } from './read-sources.js'
export {
  parseWorkflow,
  type DifyNode,
  type DifyWorkflow,
  type WorkflowOptions,
} from './dify-workflow.js'
export {
  extractPrompts,
  type EmptyMessage,
  type ExtractedPrompts,
  type ExtractOptions,
} from './extract-prompts.js'
export { WorkflowError, type WorkflowErrorCode } from './workflow-error.js'
