import type { DifyFile } from '../../dify/workflow/dify-file.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { keepOpenWhile, type VersionStorage } from '../../versions/version-storage.js'
import { carriedPrompts } from '../identity/carried-prompts.js'
import { planFiles } from '../identity/plan-files.js'
import { freePromptId } from '../identity/prompt-ids.js'

/** Where prompts are known from. */
export interface PointerOptions {
  /** The store that the workflow was imported into. Default: the ids are those that a first import gives. */
  readonly storage?: VersionStorage<PromptVersion> | undefined
  /** What the workflow is called in the store. Default: it is recognised, else the app's name. */
  readonly workflowId?: string | undefined
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
  { storage, workflowId }: PointerOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const texts = carriedPrompts(file, true)
  if (storage === undefined) {
    const pointers = new Map<string, string>()
    for (const { carried } of texts.prompts) {
      const id = freePromptId(workflowId ?? file.name, carried, (each) => pointers.has(each))
      pointers.set(id, carried.pointer)
    }
    return pointers
  }
  const [planned] = await keepOpenWhile(storage, async (open) => {
    return await planFiles([{ file: file.file, dify: file, ...texts }], {
      storage: open,
      concurrency: READ_AT_ONCE,
      signal: undefined,
      now: new Date(0),
      workflowId,
      appId: undefined,
      sameApp: false,
      marksGone: false,
    })
  })
  if (planned === undefined) return new Map()
  if ('refused' in planned) throw planned.refused
  const { plans, prompts } = planned
  return new Map(plans.map(({ prompt }, at) => [prompt.id, prompts[at]?.carried.pointer ?? '']))
}
