import type { DirectoryEntry } from '../../engine/disk-port.js'
import {
  isEngineName,
  isTemporaryPath,
  QUARANTINE_DIRECTORY,
  TEMPORARY_DIRECTORY,
} from '../../format/layout.js'
import { INDEX_FILE, METADATA_FILE, TRASH_DIRECTORY } from '../../document/store-names.js'
import { isShardName } from '../../document/prompt-id.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import type { StoreLayout } from './store-layout.js'
import { readable } from './tree-scan.js'

/** Something in a store's directory that the store has not put there. */
export interface Stranger {
  readonly path: string
  readonly kind: 'foreign-file' | 'foreign-directory'
}

const OWN_NAMES = new Set([INDEX_FILE, METADATA_FILE, TRASH_DIRECTORY, QUARANTINE_DIRECTORY])
/** A store may be kept in git: docs/operations.md says how. */
const GIT_NAMES = new Set(['.git', '.gitattributes', '.gitignore'])

/** What lies beside the prompts and is not ours; what lies in a prompt's directory is not looked at here. */
export async function findStrangers(volume: StoreFiles, layout: StoreLayout): Promise<Stranger[]> {
  const { shardDepth } = layout.rules
  const found: Stranger[][] = []
  for (const entry of (await volume.list('')) ?? []) {
    if (isEngineName(entry.name) || OWN_NAMES.has(entry.name) || GIT_NAMES.has(entry.name)) continue
    if (shardDepth > 0 && entry.kind === 'directory' && isShardName(entry.name, shardDepth)) {
      // One that may not be read is told of where the prompts' directories are looked for.
      const list = async (): ReturnType<StoreFiles['list']> => await volume.list(entry.name)
      const inside = await readable(entry.name, () => undefined, list)
      found.push(strangersIn(entry.name, inside, layout))
    } else found.push(strangersIn('', [entry], layout))
  }
  for (const { name, kind } of (await volume.list(TEMPORARY_DIRECTORY)) ?? []) {
    const path = `${TEMPORARY_DIRECTORY}/${name}`
    if (kind !== 'file' || !isTemporaryPath(path)) found.push([stranger(path, kind)])
  }
  return found.flat()
}

function strangersIn(
  parent: string,
  entries: readonly DirectoryEntry[] | undefined,
  layout: StoreLayout,
): Stranger[] {
  return (entries ?? []).flatMap(({ name, kind }) => {
    const path = parent === '' ? name : `${parent}/${name}`
    return kind === 'directory' && layout.isPromptDirectory(path) ? [] : [stranger(path, kind)]
  })
}

export function stranger(path: string, kind: DirectoryEntry['kind']): Stranger {
  return { path, kind: kind === 'directory' ? 'foreign-directory' : 'foreign-file' }
}
