import { basename, dirname } from 'node:path'
import { isDirectory } from '../disk/file-tree.js'
import { expandPath, readMatching, readNamedFile, readTree } from './directory.js'
import { itemOfFile } from './file-item.js'
import { readHistory, type HistoryOptions } from './git/read-history.js'
import type { Item } from './item.js'
import { parseLangfuse } from './langfuse.js'
import { parsePromptfoo } from './promptfoo.js'

/** The formats of other programs. */
export const FORMATS = ['json', 'dotprompt', 'git', 'langfuse', 'promptfoo'] as const
export type Format = (typeof FORMATS)[number]

/** The names of the files that are found in a directory end with one of these. */
const EXTENSIONS = {
  json: ['.json'],
  dotprompt: ['.prompt'],
  langfuse: ['.json'],
  promptfoo: ['.json', '.yaml', '.yml'],
} as const

/**
 * The versions that files of a format hold, in order. What does not fit is an item with its reason.
 * @throws InterchangeError for a path that cannot be read
 */
export async function* readItems(
  format: Format,
  paths: readonly string[],
  history: HistoryOptions,
): AsyncGenerator<Item> {
  for (const path of paths) {
    if (format === 'git') yield* readHistory(path, history)
    else if (format === 'json' || format === 'dotprompt') yield* readPromptFiles(format, path)
    else yield* readExports(format, path)
  }
}

async function* readPromptFiles(format: 'json' | 'dotprompt', path: string): AsyncGenerator<Item> {
  if (!(await isDirectory(path))) {
    const { text } = await readNamedFile(path)
    return yield await itemOfFile({ path: basename(path), text }, format)
  }
  for await (const file of readTree(path, EXTENSIONS[format]))
    yield 'kind' in file ? file : await itemOfFile(file, format)
}

async function* readExports(format: 'langfuse' | 'promptfoo', path: string): AsyncGenerator<Item> {
  for (const name of await expandPath(path, EXTENSIONS[format])) {
    const file = await readNamedFile(name)
    if (format === 'langfuse') yield* parseLangfuse(file)
    else yield* parsePromptfoo(file, (pattern) => readMatching(dirname(name), pattern))
  }
}
