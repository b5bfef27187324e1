import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import type { CarriedText, DifyFile } from '../../dify/workflow/dify-file.js'
import { freePromptId } from '../identity/prompt-ids.js'
import type { Candidate } from '../search/candidate.js'

/** A text that a run may change. */
export interface RunPrompt {
  /** As `holdfast optimize scan` prints it. */
  readonly prompt_id: string
  readonly carried: CarriedText
}

/** The prompts of a file by their ids, in the order of the file. */
export function promptsOf(file: DifyFile): readonly RunPrompt[] {
  const taken = new Set<string>()
  return file.texts
    .filter(({ text, optional }) => /\S/.test(text) && !optional)
    .map((carried) => {
      const id = freePromptId(file.name, carried, (other) => taken.has(other))
      taken.add(id)
      return { prompt_id: id, carried }
    })
}

/**
 * The prompts that are named by id or by JSON pointer; all that are possible if none is named.
 * @throws TypeError for a name that is unknown, or of a text that the target cannot run
 */
export function chosenPrompts(
  possible: readonly RunPrompt[],
  names: readonly string[] | undefined,
): readonly RunPrompt[] {
  if (possible.length === 0)
    throw wrongArgument('The workflow has no prompt that the target can run')
  if (names === undefined) return possible
  return names.map((name) => {
    const found = possible.find(
      ({ prompt_id: id, carried }) => id === name || carried.pointer === name,
    )
    if (found !== undefined) return found
    const ids = possible.map(({ prompt_id: id }) => id).join(', ')
    throw wrongArgument(`Key "prompts" names ${shown(name)}, which is not one of ${ids}`)
  })
}

/** The present texts. */
export function seedOf(prompts: readonly RunPrompt[]): Candidate {
  return Object.fromEntries(prompts.map(({ prompt_id: id, carried }) => [id, carried.text]))
}

/** The texts of a candidate by the pointers of the file. */
export function textsByPointer(
  prompts: readonly RunPrompt[],
  candidate: Candidate,
): ReadonlyMap<string, string> {
  return new Map(
    prompts.map(({ prompt_id: id, carried }) => [carried.pointer, candidate[id] ?? carried.text]),
  )
}
