import { parseDifyFile, type DifyFile } from '../../dify/workflow/dify-file.js'
import type { WorkflowOptions } from '../dify-workflow.js'
import { WorkflowError } from '../workflow-error.js'
import { carriedPrompts, type CarriedPrompts } from './carried-prompts.js'

/** One file to import: its name (for messages, and for a workflow without a name) and its content. */
export interface WorkflowSource {
  readonly file: string
  readonly content: Uint8Array | string
}

export interface ReadOptions extends WorkflowOptions {
  /** Whether texts for the app's user count as prompts. */
  readonly optionalTexts: boolean
}

/** A file with its texts. */
export interface ReadSource extends CarriedPrompts {
  readonly file: string
  readonly dify: DifyFile
}

/** A refused file: an import continues without it. */
export interface RefusedSource {
  readonly file: string
  readonly refused: WorkflowError
}

/** Reads many files, in their order. Pure. One that is not an export of Dify is refused. */
export function readSources(
  sources: readonly WorkflowSource[],
  { optionalTexts, fileBytesMax }: ReadOptions,
): readonly (ReadSource | RefusedSource)[] {
  return sources.map(({ file, content }) => {
    try {
      const dify = parseDifyFile(content, file, { fileBytesMax })
      return { file, dify, ...carriedPrompts(dify, optionalTexts) }
    } catch (error) {
      if (error instanceof WorkflowError) return { file, refused: error }
      throw error
    }
  })
}
