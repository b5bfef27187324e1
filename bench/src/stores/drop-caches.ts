import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const DROP = '/proc/sys/vm/drop_caches'
/** Pages, directory entries and inodes. */
const EVERYTHING = '3'

const run = promisify(execFile)

/** Writes out what is dirty, then lets the kernel forget all that it has read. @throws unless root on Linux */
export async function dropCaches(): Promise<void> {
  await flushAll()
  await writeFile(DROP, EVERYTHING)
}

/** Undefined when caches can be dropped, else why not. */
export async function whyNotDropCaches(): Promise<string | undefined> {
  try {
    await dropCaches()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** So that what was written before is not written out while something else is measured. */
export async function flushAll(): Promise<void> {
  if (process.platform !== 'win32') await run('sync')
}
