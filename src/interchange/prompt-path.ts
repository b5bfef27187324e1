import { escapeName, PROMPT_NAME_BYTES_MAX, unescapeName } from '../document/prompt-id.js'

/**
 * The path of a prompt in a directory or a repository, without an extension: the parts of its id between slashes, each
 * escaped as the names of a store are. Undefined for an id with a part that is too long for a name.
 *
 * @param foldCase for ids that differ in case alone
 */
export function pathOfId(id: string, foldCase = false): string | undefined {
  const parts = id.split('/')
  // An id with an empty part, such as `a//b`, is one name.
  const names = (parts.includes('') ? [id] : parts).map((part) => escapeName(part, { foldCase }))
  const fits = names.every((name) => Buffer.byteLength(name) <= PROMPT_NAME_BYTES_MAX)
  return fits ? names.join('/') : undefined
}

/** The id of a path without an extension: names that no store makes are kept as they are. */
export function idOfPath(path: string): string {
  return path
    .split('/')
    .map(
      (name) =>
        unescapeName(name, { foldCase: false }) ?? unescapeName(name, { foldCase: true }) ?? name,
    )
    .join('/')
}

/** The paths of ids that are different names on every disk, also where case does not count. */
export function distinctPaths(ids: readonly string[]): ReadonlyMap<string, string | undefined> {
  const seen = new Map<string, number>()
  for (const id of ids) {
    const key = pathOfId(id)?.toLowerCase() ?? ''
    seen.set(key, (seen.get(key) ?? 0) + 1)
  }
  const isAlone = (path: string | undefined): boolean =>
    (seen.get(path?.toLowerCase() ?? '') ?? 0) <= 1
  return new Map(ids.map((id) => [id, isAlone(pathOfId(id)) ? pathOfId(id) : pathOfId(id, true)]))
}

/** A path and its extension, with the dot; '' for none. */
export function splitExtension(path: string): readonly [stem: string, extension: string] {
  const dot = path.lastIndexOf('.')
  return dot <= path.lastIndexOf('/') + 1 ? [path, ''] : [path.slice(0, dot), path.slice(dot)]
}
