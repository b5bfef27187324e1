import type { CopiedVersion, VersionCopies } from '../versions/version-copies.js'

/** How many prompts are copied or compared at the same time. */
export const PROMPTS_AT_ONCE = 4
/** How many documents are held and committed together. */
export const PART_VERSIONS = 64

/** The items in parts of at most that many. */
export function partsOf<Item>(items: readonly Item[], size: number = PART_VERSIONS): Item[][] {
  const parts: Item[][] = []
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size))
  return parts
}

/** Those of the versions whose documents differ between two storages, or that one of them lacks. */
export async function differing(
  promptId: string,
  versions: readonly string[],
  one: VersionCopies,
  other: VersionCopies,
  digest: (copy: CopiedVersion) => string,
): Promise<readonly string[]> {
  let found: readonly string[] = []
  for (const part of partsOf(versions)) {
    const [left, right] = await Promise.all(
      [one, other].map(async (copies) => {
        const documents = await copies.documents(promptId, part)
        return new Map(documents.map((copy) => [copy.version, digest(copy)]))
      }),
    )
    const others = part.filter((version) => left?.get(version) !== right?.get(version))
    found = [...found, ...others]
  }
  return found
}
