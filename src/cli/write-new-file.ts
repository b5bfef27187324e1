import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { unwritable } from './unwritable.js'

/** Writes a file of the user as a whole: a reader sees the old one or the new one. @throws CliError CLI-INPUT-001 */
export async function writeNewFile(path: string, content: string | Uint8Array): Promise<void> {
  const fresh = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(fresh, 'wx')
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true })
    throw unwritable(path, error, 'written')
  }
}
