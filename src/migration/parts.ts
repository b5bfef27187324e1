import type { CopiedVersion, VersionCopies } from '../versions/version-copies.js'
import { sizeOf } from './compare.js'

/** How many prompts are copied or compared at the same time. */
export const PROMPTS_AT_ONCE = 4
/** How many documents are held and committed together. */
export const PART_VERSIONS = 64

/** Most bytes of the documents of a transaction; a larger document has its own. A store of files limits them. */
export const TRANSACTION_BYTES: number = 1024 * 1024

/** The documents in transactions that no storage refuses; at least one, which may be empty. */
export function transactionsOf(copies: readonly CopiedVersion[]): CopiedVersion[][] {
  let last: CopiedVersion[] = []
  const transactions = [last]
  let bytes = 0
  for (const copy of copies) {
    const size = sizeOf(copy)
    if (last.length > 0 && bytes + size > TRANSACTION_BYTES) {
      last = []
      transactions.push(last)
      bytes = 0
    }
    last.push(copy)
    bytes += size
  }
  return transactions
}

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
