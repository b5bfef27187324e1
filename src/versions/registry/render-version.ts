import type { PromptVersion } from '../prompts/prompt-version.js'
import { compile, type CompileOptions, type Values } from './compile.js'
import { compose, type Included } from './compose.js'
import { formatReference } from './reference.js'
import type { RegistryReader } from './registry-reader.js'
import type { PromptBody } from './template.js'

/** A version with the prompts that it includes, and a value for each placeholder. */
export interface RenderedVersion {
  /** `{ text }` or `{ messages }`, with `config` if there is one. */
  readonly rendered: PromptBody
  readonly included: readonly Included[]
}

/** The prompt of a version with the texts of all that it includes. @throws as `compose` does */
export async function composeVersion(
  registry: RegistryReader,
  version: PromptVersion,
): Promise<{ readonly document: PromptBody; readonly included: readonly Included[] }> {
  return await compose(version, async (id, reference) => {
    const found = await registry.get(id, formatReference(reference))
    return found && { version: found.version, document: found }
  })
}

/** Fills in what a version includes, and then its placeholders. @throws as `compose` and `compile` do */
export async function renderVersion(
  registry: RegistryReader,
  version: PromptVersion,
  values: Values,
  options?: CompileOptions,
): Promise<RenderedVersion> {
  const { document, included } = await composeVersion(registry, version)
  return { rendered: compile(document, values, options), included }
}
