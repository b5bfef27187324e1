import { rejectUnknown } from '../base/options.js'
import { sortVersions } from '../document/version-number.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import { copiesOf, type Copyable, type VersionCopies } from '../versions/version-copies.js'
import type { VersionDocument } from '../versions/version-storage.js'
import { knownBefore } from './known-mark.js'
import type { ExportedItem } from './exported-item.js'
import { partsOf } from './parts.js'

/**
 * All that a storage keeps, as JSON values, in bounded memory: prompts in order of their ids, of each the versions by
 * precedence, and then its record. `importVersions` reads them. A version that is deleted while its prompt is exported is
 * left out.
 *
 * @example
 * for await (const item of exportVersions(storage)) file.write(`${JSON.stringify(item)}\n`)
 * @param options `promptIds`: only these prompts
 * @throws TypeError for a storage that is not of this package, at once; StorageError FS-LOAD-001 for a damaged version
 */
export function exportVersions<Version extends VersionDocument = PromptVersion>(
  storage: Copyable,
  options: { readonly promptIds?: readonly string[] | undefined } = {},
): AsyncGenerator<ExportedItem<Version>, void, void> {
  rejectUnknown(options, ['promptIds'], 'exportVersions')
  return itemsOf<Version>(copiesOf(storage, 'storage'), options.promptIds)
}

async function* itemsOf<Version extends VersionDocument>(
  copies: VersionCopies,
  promptIds: readonly string[] | undefined,
): AsyncGenerator<ExportedItem<Version>, void, void> {
  const known = knownBefore(await copies.knownSince())
  if (known !== undefined) yield { known_since: known }
  for (const promptId of promptIds ?? (await copies.promptIds()))
    yield* promptItems<Version>(copies, promptId)
}

/** A label of the record names a version before it, also if the prompt changes meanwhile. */
async function* promptItems<Version extends VersionDocument>(
  copies: VersionCopies,
  promptId: string,
): AsyncGenerator<ExportedItem<Version>, void, void> {
  const done = new Set<string>()
  for (;;) {
    const { versions, head, history } = await copies.state(promptId)
    const missing = sortVersions([...versions.keys()].filter((version) => !done.has(version)))
    let isWhole = true
    for (const part of partsOf(missing)) {
      const documents = await copies.documents(promptId, part)
      isWhole &&= documents.length === part.length
      for (const { document, savedAt, schemaVersion, version } of documents) {
        done.add(version)
        yield {
          document: document as Version,
          saved_at: savedAt,
          ...(schemaVersion === 1 ? {} : { schema_version: schemaVersion }),
        }
      }
    }
    if (!isWhole) continue
    if (head !== undefined || history.length > 0)
      yield { prompt_id: promptId, head: head ?? null, history }
    return
  }
}
