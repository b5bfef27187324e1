import type { JsonObject } from '../../document/json.js'
import type { VersionDocument } from '../version-storage.js'
import { hasSameContent, makeDocument, type Made, type RecordedFields } from './payloads.js'
import type { PromptDraft } from './prompt-draft.js'
import { publishedOf, type Publication, type Published } from './publishing.js'
import type { CheckedPublish } from './registry-options.js'
import type { Latest } from './storage-reads.js'

/**
 * Publishes a document. Its schema may be async, so the document is made between two looks at the prompt, and again if
 * another version has taken its number meanwhile.
 * @throws TypeError naming the field that does not fit; otherwise as `publishInto`
 */
export async function publishDocument(
  { decide, latest: readLatest, schema }: Publication,
  payload: JsonObject,
  checked: CheckedPublish,
): Promise<Published<VersionDocument>> {
  for (;;) {
    const latest = await readLatest()
    const fields = await decide((draft) =>
      draft.latest === latest?.version ? fieldsOf(draft, latest, checked) : undefined,
    )
    if (fields === undefined) continue
    const made = await makeDocument(fields, payload, schema)
    const published = await decide((draft) =>
      draft.latest === latest?.version ? publishMade(draft, made, latest, checked) : undefined,
    )
    if (published !== undefined) return published
  }
}

/** Undefined if the number or the parent is another one by now. */
function publishMade(
  draft: PromptDraft,
  made: Made,
  latest: Latest | undefined,
  checked: CheckedPublish,
): Published<VersionDocument> | undefined {
  const now = fieldsOf(draft, latest, checked)
  const { version, parent_version: parent } = made.fields
  if (now.version !== version || now.parent_version !== parent) return undefined
  const before = latest?.document
  const isSame = before !== undefined && hasSameContent(before, made.document)
  const document = isSame ? before : made.document
  if (!isSame) draft.save(made.document, made.input)
  for (const label of checked.labels) draft.move(label, document.version, checked.rules)
  if (checked.tags.length > 0) draft.tag(document.version, checked.tags, [])
  return publishedOf(document, !isSame)
}

function fieldsOf(
  draft: PromptDraft,
  latest: Latest | undefined,
  { bump, parent, metadata }: CheckedPublish,
): RecordedFields {
  const from = parent === undefined ? latest?.version : parent && draft.require(parent)
  return {
    version: draft.nextNumber(bump ?? 'patch'),
    prompt_id: draft.promptId,
    created_at: draft.at,
    parent_version: from ?? null,
    metadata,
  }
}
