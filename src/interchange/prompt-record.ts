import type { JsonObject } from '../document/json.js'
import { isObject, type VersionItem, type Fault, refused, placeOf } from './item.js'
import type { StoredVersion } from './stored-versions.js'

/** The JSON text of a version: its document, with its labels and tags unless they are kept elsewhere. */
export function recordText({ document, labels, tags }: StoredVersion, withHead = true): string {
  const record = withHead ? { ...document, labels, tags } : document
  return `${JSON.stringify(record, null, 2)}\n`
}

/** The version that a record describes. What does not fit the schema is left for the import to refuse. */
export function itemOfRecord(file: string, record: JsonObject): VersionItem | Fault {
  const { prompt_id, version, labels = [], tags = [], prompt, ...rest } = record
  if (typeof prompt_id !== 'string') return refused('its "prompt_id" is not a text')
  if (typeof version !== 'string') return refused('its "version" is missing or not a text')
  if (!isObject(prompt)) return refused('its "prompt" is missing or not an object')
  if (!isTexts(labels)) return refused('its "labels" are not a list of texts')
  if (!isTexts(tags)) return refused('its "tags" are not a list of texts')
  return {
    kind: 'version',
    promptId: prompt_id,
    place: placeOf(file, undefined),
    version,
    // The schema checks the fields.
    draft: { ...rest, prompt } as unknown as VersionItem['draft'],
    labels,
    tags,
  }
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string')
}
