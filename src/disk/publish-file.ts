import { link, open } from 'node:fs/promises'
import { platform } from 'node:process'
import { dirname } from 'node:path'
import { attempt, attemptFlush } from './node-error.js'

/**
 * Gives a complete file its name, which it has after a power cut, too. Another name of the same file stays. Rejects with
 * DiskError EEXIST if the name is taken: nothing is ever overwritten.
 */
export async function publishFile(staged: string, to: string): Promise<void> {
  await flush(staged, 'r+')
  await attempt('link', to, async () => await link(staged, to))
  // Windows writes the name itself, and opens no directories.
  if (platform !== 'win32') await flush(dirname(to), 'r')
}

async function flush(path: string, flags: string): Promise<void> {
  const handle = await attempt('open', path, async () => await open(path, flags))
  try {
    await attemptFlush(handle, path)
  } finally {
    await handle.close()
  }
}
