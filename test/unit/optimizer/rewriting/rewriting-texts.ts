import { extractPrompts, parseWorkflow } from '../../../../src/optimizer/index.js'
import { readWorkflowText, WORKFLOW_FILES } from '../workflow-files.js'

/** The texts of the messages in the real workflows of the examples. */
export const REAL_TEXTS: readonly string[] = WORKFLOW_FILES.flatMap((name) => {
  const workflow = parseWorkflow(readWorkflowText(name), name)
  return extractPrompts(workflow, { extractedAt: new Date(0) }).prompts.map(({ text }) => text)
})
