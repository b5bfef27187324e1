import type { DifyFile } from '../../dify/workflow/dify-file.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { keepOpenWhile, type VersionStorage } from '../../versions/version-storage.js'
import { carriedPrompts } from '../identity/carried-prompts.js'
import { planFiles } from '../identity/plan-files.js'
import { freePromptId } from '../identity/prompt-ids.js'
import { workflowDocumentId } from '../identity/workflow-record.js'

/** Where prompts are known from. */
export interface PointerOptions {
  /** The store that the workflow was imported into. Default: the ids are those that a first import gives. */
  readonly storage?: VersionStorage<PromptVersion> | undefined
  /** What the workflow is called in the store. Default: it is recognised, else the app's name. */
  readonly workflowId?: string | undefined
  /**
   * What a catalog calls the workflow. A workflow that the store has under that name is meant; else the one that is
   * recognised, and the ids that `OptimizerService` gives, which begin with this one, are known besides. Default: none.
   */
  readonly catalogId?: string | undefined
}

/** How many documents are read at once. */
const READ_AT_ONCE = 64

/**
 * The place of each prompt in a file, by the ids that the store has for them.
 *
 * @throws WorkflowError OPT-EXT-010 for a file that the store does not recognise as the workflow of its name
 */
export async function promptPointers(
  file: DifyFile,
  options: PointerOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const { storage, workflowId, catalogId } = options
  if (storage === undefined) return firstPointers(file, workflowId ?? catalogId ?? file.name)
  return await keepOpenWhile(storage, async (open) => {
    if (catalogId === undefined || workflowId !== undefined)
      return (await storedPointers(file, open, workflowId)).pointers
    if ((await open.getLatestVersion(workflowDocumentId(catalogId))) !== undefined)
      return (await storedPointers(file, open, catalogId)).pointers
    const { isKnown, pointers } = await storedPointers(file, open, undefined)
    return new Map([...(isKnown ? pointers : []), ...firstPointers(file, catalogId)])
  })
}

/** By the ids that a first import gives. */
function firstPointers(file: DifyFile, workflowId: string): ReadonlyMap<string, string> {
  const pointers = new Map<string, string>()
  for (const { carried } of carriedPrompts(file, true).prompts) {
    const id = freePromptId(workflowId, carried, (each) => pointers.has(each))
    pointers.set(id, carried.pointer)
  }
  return pointers
}

/** By the ids of the store, and whether it knows the workflow. */
async function storedPointers(
  file: DifyFile,
  storage: VersionStorage<PromptVersion>,
  workflowId: string | undefined,
): Promise<{ readonly isKnown: boolean; readonly pointers: ReadonlyMap<string, string> }> {
  const source = { file: file.file, dify: file, ...carriedPrompts(file, true) }
  const [planned] = await planFiles([source], {
    storage,
    concurrency: READ_AT_ONCE,
    signal: undefined,
    now: new Date(0),
    workflowId,
    appId: undefined,
    sameApp: false,
    marksGone: false,
  })
  if (planned === undefined) return { isKnown: false, pointers: new Map() }
  if ('refused' in planned) throw planned.refused
  const { plans, prompts, recognisedBy } = planned
  const pointers = plans.map(
    ({ prompt }, at) => [prompt.id, prompts[at]?.carried.pointer ?? ''] as const,
  )
  return { isKnown: recognisedBy !== undefined, pointers: new Map(pointers) }
}
