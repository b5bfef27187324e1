import type { Metadata } from '../files/writer.js'
import type { FoundEntry, Selection } from './entries.js'

/** The metadata field of a file with the namespace of its Keyv entry; '' for none. */
export const NAMESPACE_FIELD = 'keyv_namespace'

const SEPARATOR = ':'

/** What the keys of a namespace begin with. */
export function prefixOf(namespace = ''): string {
  return namespace === '' ? '' : `${namespace}${SEPARATOR}`
}

/** The key `app:v1:k` may be `v1:k` of `app` or `k` of `app:v1`: the entry notes which. */
export function namespaceNote(namespace: string | undefined, key: string): Metadata {
  return key.startsWith(prefixOf(namespace)) ? { [NAMESPACE_FIELD]: namespace ?? '' } : {}
}

/**
 * The entries of a namespace and of no other. One without a note (of an earlier version) counts as the namespace's
 * unless its key is also one of another namespace that has entries with a note.
 */
export function ofNamespace(namespace = ''): Selection {
  return async function* (entries) {
    const others = new Set<string>()
    const unclear: FoundEntry[] = []
    for await (const entry of entries) {
      const noted = entry.metadata[NAMESPACE_FIELD]
      if (noted === namespace) yield entry
      else if (typeof noted === 'string') others.add(noted)
      else unclear.push(entry)
    }
    const prefixes = [...others].map(prefixOf)
    for (const entry of unclear)
      if (!prefixes.some((prefix) => prefix !== '' && entry.key.startsWith(prefix))) yield entry
  }
}
