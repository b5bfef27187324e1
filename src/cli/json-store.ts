import { randomUUID } from 'node:crypto'
import { open, readFile, rm } from 'node:fs/promises'
import { codeOf } from '../base/values.js'
import { publishFile } from '../disk/publish-file.js'
import { parseJson } from '../document/json.js'
import type { VersionExport } from '../versions/memory-export.js'
import { MemoryStorage } from '../versions/memory-storage.js'
import { CliError } from './errors.js'
import { unreadable } from './input.js'
import { replaceFile } from './replace-file.js'
import { unwritable } from './unwritable.js'

/** A storage in memory whose content is in a file of JSON, as `exportData` returns it. */
export interface JsonStore {
  readonly storage: MemoryStorage
  /** Writes the file, as a whole. @throws CliError when it cannot be written, or has changed meanwhile */
  save(): Promise<void>
}

/** @param create whether the file may be missing @throws CliError CLI-INPUT-001 for a file that is not an export */
export async function openJsonStore(file: string, create: boolean): Promise<JsonStore> {
  const before = await textOf(file, create)
  const storage = new MemoryStorage({ allowPrerelease: true })
  if (before !== undefined) await storage.importData(exportIn(file, before))
  return {
    storage,
    save: async () => {
      const text = `${JSON.stringify(storage.exportData(), undefined, 2)}\n`
      if (before === undefined) await writeNew(file, text)
      else await replaceFile(file, before, text)
    },
  }
}

async function textOf(file: string, create: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (create && codeOf(error) === 'ENOENT') return undefined
    throw unreadable(file, error)
  }
}

function exportIn(file: string, text: string): VersionExport {
  try {
    return parseJson(Buffer.from(text)) as unknown as VersionExport
  } catch (cause) {
    throw new CliError('CLI-INPUT-001', `${file} is not JSON`, { context: { file }, cause })
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  const staged = `${file}.${randomUUID()}.tmp`
  try {
    const handle = await open(staged, 'wx', 0o600)
    try {
      await handle.writeFile(text)
    } finally {
      await handle.close()
    }
    await publishFile(staged, file)
  } catch (error) {
    throw unwritable(file, error, 'written')
  } finally {
    await rm(staged, { force: true })
  }
}
