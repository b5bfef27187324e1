import type { PromptVersion } from '../../../dist/index.js'
import type { Name } from '../plan/document.js'

export function nameOf({ prompt_id, version }: PromptVersion): Name {
  return { promptId: prompt_id, version }
}

/** Where subjects that keep plain files put a document: as Holdfast does. */
export function pathOf({ prompt_id, version }: PromptVersion): string {
  return `${prompt_id}/${version}.json`
}

/** The key of subjects that have keys. */
export function keyOf({ promptId, version }: Name): string {
  return `${promptId}/${version}`
}
