import { createTwoFilesPatch } from 'diff'
import { decodeBytes } from '../../dify/file/encoding.js'
import type { CarriedText, DifyFile } from '../../dify/workflow/dify-file.js'
import { editTexts, type TextEdit } from '../../dify/workflow/replace-texts.js'
import { wrongArgument } from '../../base/misuse.js'
import { ExperimentError } from '../experiment-error.js'
import type { ReportedPrompt, RunReport } from './run-report.js'

/** The file of a workflow with the texts that a run has found. */
export interface AppliedRun {
  /** The file, byte for byte as before outside the texts that changed. */
  readonly bytes: Uint8Array
  /** The unified diff of the two files; '' if they are the same. */
  readonly diff: string
  readonly edits: readonly TextEdit[]
  /** Prompts that have their new text already. */
  readonly present: readonly string[]
}

export interface ApplyOptions {
  /** Whether the texts of a run without a proven gain are applied, too. Default false. */
  readonly unproven?: boolean | undefined
}

const EDITS_MAX = 20_000

/**
 * Puts the texts that a run has found into the file of the workflow, as it is now: it may have changed since, as long as
 * the texts that are replaced have not. Pure: nothing is written.
 *
 * @throws TypeError for a run without a proven gain; ExperimentError OPT-LEDGER-001 if the file has another text than the
 * run began with; WorkflowError OPT-PATCH-010 if the file cannot hold a text
 */
export function applyRun(
  report: RunReport,
  file: DifyFile,
  { unproven = false }: ApplyOptions = {},
): AppliedRun {
  if (report.verdict !== 'gain' && !unproven)
    throw wrongArgument(
      `The run ${report.run} has no proven gain (${report.verdict}): its texts are applied with "unproven" only`,
    )
  const changes = new Map<string, string>()
  const present: string[] = []
  for (const prompt of report.prompts.filter(({ changed }) => changed)) {
    const text = textFor(prompt, file)
    if (text.text === prompt.after) present.push(prompt.prompt_id)
    else changes.set(text.pointer, prompt.after)
  }
  const { bytes, edits } = editTexts(file, changes)
  return { bytes, diff: diffOf(file, bytes), edits, present }
}

/** The text at its place, or, if the file was edited, the only one with the same words in the same node. */
function textFor(prompt: ReportedPrompt, file: DifyFile): CarriedText {
  const { pointer, before, after, node_id: node } = prompt
  const isIt = ({ text }: CarriedText): boolean => text === before || text === after
  const there = file.texts.find((text) => text.pointer === pointer)
  if (there !== undefined && isIt(there) && (there.node?.id ?? null) === node) return there
  const [found, ...others] = file.texts.filter(
    (text) => (text.node?.id ?? null) === node && isIt(text),
  )
  if (found !== undefined && others.length === 0) return found
  throw new ExperimentError(
    'OPT-LEDGER-001',
    `${file.file} has another text for ${prompt.prompt_id} than the run began with: run again with the file as it is now`,
    { context: { prompt_id: prompt.prompt_id, pointer, file: file.file } },
  )
}

function diffOf(file: DifyFile, bytes: Uint8Array): string {
  const [before, after] = [decodeBytes(file.bytes).text, decodeBytes(bytes).text]
  if (before === after) return ''
  const options = { context: 3, maxEditLength: EDITS_MAX }
  return createTwoFilesPatch(file.file, file.file, before, after, 'before', 'after', options) ?? ''
}
