import { rejectUnknown } from '../base/options.js'
import {
  type DifyFileOptions,
  fileBytesMaxOption,
  type FileNote,
  parseDifyFile,
} from '../dify/workflow/dify-file.js'
import type { DifyNode } from '../dify/workflow/nodes.js'
import { WorkflowError } from '../dify/workflow-error.js'

export { fileBytesMaxOption, type DifyNode }

/** A workflow as Dify exports it: the parts that its prompts need. */
export interface DifyWorkflow {
  /** The file it came from, as the caller named it. */
  readonly file: string
  /** `app.name`; if that is missing or blank, the file's name without directory and extension. */
  readonly name: string
  /** `app.mode`: workflow, advanced-chat, ... */
  readonly mode: string | undefined
  /** All nodes, those inside iterations and loops included: Dify keeps one flat list. */
  readonly nodes: readonly DifyNode[]
  /** What was tolerated, and nodes that were skipped. */
  readonly notes?: readonly FileNote[]
}

export type WorkflowOptions = DifyFileOptions

/**
 * Reads one exported workflow. Throws WorkflowError: OPT-EXT-003 if it is not YAML as Dify reads it, OPT-EXT-010 if it
 * is not a Dify workflow (the message says what is missing). Time and memory grow with the length of the file only.
 * `parseDifyFile` reads apps without a graph, too.
 *
 * @param file names the file in messages
 * @throws TypeError for a wrong argument
 */
export function parseWorkflow(
  source: Uint8Array | string,
  file: string,
  options: WorkflowOptions = {},
): DifyWorkflow {
  rejectUnknown(options, ['fileBytesMax'], 'parseWorkflow')
  const { name, mode, nodes, notes, texts } = parseDifyFile(source, file, options)
  if (nodes.length === 0 && texts.some(({ carrier }) => /^(?:app|agent)\./.test(carrier)))
    throw new WorkflowError(
      'OPT-EXT-010',
      `${file} is not a Dify workflow: it has no "workflow" mapping (it is an app with one prompt, not a workflow)`,
      { context: { file, reason: 'it is an app with one prompt, not a workflow' } },
    )
  return { file, name, mode, nodes, notes }
}
