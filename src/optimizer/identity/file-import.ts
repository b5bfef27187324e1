import type { FileNote } from '../../dify/workflow/dify-file.js'
import type { NotImported } from '../other-texts.js'
import type { PlannedFile, PromptOutcome } from './plan-files.js'
import type { RefusedSource } from './read-sources.js'
import type { RecognisedBy } from './recognise-workflow.js'

/** The outcome of one file. The numbers count prompts. */
export interface FileImport {
  readonly file: string
  /** The workflow's id in the store; absent when the file could not be read. */
  readonly workflow?: string
  /** The app's name, where it is another one. */
  readonly appName?: string
  /** What the workflow was recognised by; absent for a new one. */
  readonly recognisedBy?: RecognisedBy
  /** A workflow of the store that has some of the same nodes, though this one is new. */
  readonly resembles?: string
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  /** Messages without text, which are not stored. */
  readonly skippedEmpty: number
  readonly prompts: readonly PromptImport[]
  /** The ids that the empty messages would have. */
  readonly empty: readonly string[]
  /** Prompts of the store that the workflow does not have any more. Their versions stay. */
  readonly gone: readonly string[]
  /** Prompts that were gone, and are in the workflow again. */
  readonly back: readonly string[]
  /** Nodes with texts that are not prompts: those texts are not imported. */
  readonly notImported: readonly NotImported[]
  /** What was tolerated in the file, and what was skipped. */
  readonly notes: readonly FileNote[]
  /** The reason if nothing of this file was imported. */
  readonly refused?: string
}

export interface PromptImport {
  readonly prompt_id: string
  /** The version that now holds the text; in a dry run, the latest stored one, '' if there is none. */
  readonly version: string
  readonly outcome: PromptOutcome
}

/** What is reported about a file. @param saved the prompts that were saved, by their ids */
export function reportOf(
  file: PlannedFile | RefusedSource,
  saved: ReadonlyMap<string, PromptImport>,
): FileImport {
  return 'refused' in file ? refusedImport(file.file, file.refused.message) : imported(file, saved)
}

function imported(file: PlannedFile, saved: ReadonlyMap<string, PromptImport>): FileImport {
  const prompts = file.plans.map(({ prompt, outcome, latest }) => {
    return saved.get(prompt.id) ?? { prompt_id: prompt.id, version: latest ?? '', outcome }
  })
  const count = (outcome: PromptOutcome): number =>
    prompts.filter((each) => each.outcome === outcome).length
  const { recognisedBy, resembles, workflowId, dify } = file
  return {
    file: file.file,
    workflow: workflowId,
    ...(dify.name === workflowId ? {} : { appName: dify.name }),
    ...(recognisedBy === undefined ? {} : { recognisedBy }),
    ...(resembles === undefined ? {} : { resembles }),
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    skippedEmpty: file.emptyMessages.length,
    prompts,
    empty: file.emptyMessages.map(({ id }) => id),
    gone: file.gone,
    back: file.back,
    notImported: file.notImported,
    notes: dify.notes,
  }
}

/** The entry of a file of which nothing was imported. */
export function refusedImport(file: string, reason: string): FileImport {
  return {
    file,
    created: 0,
    updated: 0,
    unchanged: 0,
    skippedEmpty: 0,
    prompts: [],
    empty: [],
    gone: [],
    back: [],
    notImported: [],
    notes: [],
    refused: reason,
  }
}
