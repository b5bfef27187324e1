import { FILE_DOCUMENTS_DIRECTORY } from '../../document/store-names.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import { keyOfDocument } from './path.js'

/** Whether the names of a store with a lost mark are folded; `empty`: no files, `unclear`: neither way fits. */
export type InferredNames = boolean | 'empty' | 'unclear'

/**
 * Inferred from the names of the documents: upper case, or its escape, shows it.
 * @param foldCase for names that are the same either way
 */
export async function inferNames(volume: StoreFiles, foldCase: boolean): Promise<InferredNames> {
  const fits = new Map([
    [foldCase, true],
    [!foldCase, true],
  ])
  let found = false
  const left = [FILE_DOCUMENTS_DIRECTORY]
  for (let directory = left.pop(); directory !== undefined; directory = left.pop()) {
    for (const { name, kind } of (await volume.list(directory)) ?? []) {
      const path = `${directory}/${name}`
      if (kind === 'directory') left.push(path)
      const keys = [...fits.keys()].map((fold) => keyOfDocument(path, { foldCase: fold }))
      // A name that is not a document either way is foreign.
      if (kind !== 'file' || keys.every((key) => key === undefined)) continue
      found = true
      for (const [at, fold] of [...fits.keys()].entries())
        if (keys[at] === undefined) fits.set(fold, false)
    }
  }
  if (!found) return 'empty'
  return [...fits].find(([, isFitting]) => isFitting)?.[0] ?? 'unclear'
}
