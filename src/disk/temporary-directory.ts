import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attempt } from './node-error.js'

/**
 * Runs `work` with a new directory, and removes that with all its content.
 * @param parent where it is made; default: the directory of the system for temporary files
 */
export async function withTemporaryDirectory<Result>(
  work: (directory: string) => Promise<Result>,
  parent: string = tmpdir(),
): Promise<Result> {
  const prefix = join(parent, '.holdfast-')
  await attempt('mkdir', parent, async () => await mkdir(parent, { recursive: true }))
  const directory = await attempt('mkdtemp', prefix, async () => await mkdtemp(prefix))
  try {
    return await work(directory)
  } finally {
    const options = { recursive: true, force: true, maxRetries: 3 }
    await attempt('rmdir', directory, async () => await rm(directory, options))
  }
}
