import { documentTime } from '../base/clock.js'
import { wrongArgument } from '../base/misuse.js'
import {
  booleanOption,
  functionOption,
  rejectUnknown,
  shown,
  stringOption,
} from '../base/options.js'
import { isError } from '../base/values.js'
import {
  type DifyFile,
  type DifyFileOptions,
  fileBytesMaxOption,
  parseDifyFile,
} from '../dify/workflow/dify-file.js'
import { WorkflowError } from '../dify/workflow-error.js'
import { readInputFile } from '../disk/input-files.js'
import type { WorkflowPrompt } from './extract-prompts.js'
import { carriedPrompts, workflowPrompt } from './identity/carried-prompts.js'
import { freePromptId } from './identity/prompt-ids.js'

export interface PromptExtractorOptions extends DifyFileOptions {
  /** Whether texts for the app's user count as prompts: answers, openings, forms. Default false. */
  readonly optionalTexts?: boolean | undefined
  /** The clock behind `extracted_at`. Default: the system's. */
  readonly now?: (() => Date) | undefined
}

/**
 * Takes the prompts out of files of Dify, in all modes of apps. It knows no store: the ids are those that an import gives
 * to a workflow which the store does not have yet.
 *
 * @example
 * const extractor = new PromptExtractor()
 * const file = await extractor.loadDslFile('translation.yml')
 * const prompts = extractor.extractFromWorkflow(file, 'translation')
 */
export class PromptExtractor {
  readonly #fileBytesMax: number
  readonly #optionalTexts: boolean
  readonly #now: () => Date

  /** @throws TypeError or RangeError for an unknown or a wrong option */
  constructor(options: PromptExtractorOptions = {}) {
    rejectUnknown(options, ['fileBytesMax', 'optionalTexts', 'now'], 'PromptExtractor')
    this.#fileBytesMax = fileBytesMaxOption(options.fileBytesMax)
    this.#optionalTexts = booleanOption('optionalTexts', options.optionalTexts, false)
    this.#now = functionOption('now', options.now, documentTime)
  }

  /**
   * Reads and parses a file. The same bytes are parsed once, as long as they are among the latest files.
   *
   * @throws WorkflowError OPT-SVC-004 if the file cannot be read from the disk (`cause` says why), OPT-EXT-003 if it is
   * not YAML as Dify reads it, OPT-EXT-010 if it is not an export of Dify
   */
  async loadDslFile(path: string): Promise<DifyFile> {
    const file = stringOption('path', path)
    return parseDifyFile(await this.#read(file), file, { fileBytesMax: this.#fileBytesMax })
  }

  async #read(path: string): Promise<Uint8Array> {
    try {
      return await readInputFile(path, this.#fileBytesMax)
    } catch (cause) {
      const reason = isError(cause) ? cause.message : String(cause)
      throw new WorkflowError('OPT-SVC-004', `${path} cannot be read: ${reason}`, {
        context: { file: path, reason },
        cause,
      })
    }
  }

  /**
   * The prompts of a file, in its order: one for each text that is not blank. `context` has `pointer`, `carrier`, `line`
   * and, where the message has one, `message_id`. What was skipped is in the file's `notes`. Pure.
   *
   * @param dsl what `loadDslFile` or `parseDifyFile` returns
   * @param workflowId the user's name for the workflow, with which the ids begin. Default: the name of the app.
   * @throws TypeError for a wrong argument
   */
  extractFromWorkflow(dsl: DifyFile, workflowId?: string): readonly WorkflowPrompt[] {
    checkFile(dsl)
    const name = workflowId === undefined ? dsl.name : stringOption('workflowId', workflowId)
    const extractedAt = this.#now().toISOString()
    const taken = new Set<string>()
    return carriedPrompts(dsl, this.#optionalTexts).prompts.map((found) => {
      const id = freePromptId(name, found.carried, (each) => taken.has(each))
      taken.add(id)
      const place = { id, workflowId: name, extractedAt, source: undefined }
      const prompt = workflowPrompt(found, dsl, place)
      const { line, column } = found.carried
      return { ...prompt, context: { ...prompt.context, line, column } }
    })
  }

  /**
   * The prompts of one node, with the ids that they have in the whole workflow.
   *
   * @throws WorkflowError OPT-EXT-002 if the file has no such node; TypeError for a wrong argument
   */
  extractFromNode(dsl: DifyFile, nodeId: string, workflowId?: string): readonly WorkflowPrompt[] {
    const prompts = this.extractFromWorkflow(dsl, workflowId)
    if (dsl.nodes.some(({ id }) => id === nodeId))
      return prompts.filter(({ node_id }) => node_id === nodeId)
    throw new WorkflowError('OPT-EXT-002', `${dsl.file} has no node ${shown(nodeId)}`, {
      context: { file: dsl.file, node_id: String(nodeId) },
    })
  }
}

function checkFile(dsl: unknown): void {
  const { texts, nodes } = (dsl ?? {}) as { readonly texts?: unknown; readonly nodes?: unknown }
  if (!Array.isArray(texts) || !Array.isArray(nodes))
    throw wrongArgument(
      `Argument "dsl" must be what loadDslFile or parseDifyFile returns, got ${shown(dsl)}`,
    )
}
