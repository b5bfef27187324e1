import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import type { DirectoryOptions } from '../../../../src/engine/directory-options.js'
import { tempDirectory } from '../../../support/temp.js'

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

export interface Places {
  readonly directory: DurableDirectory
  /** The store. */
  readonly path: string
  /** Where its backups go: not there yet. */
  readonly to: string
  /** Where it is restored: not there yet. */
  readonly place: string
}

/** A store with some files, one of which is longer than what is read at once. Closed when the test ends. */
export async function placesOf(options: DirectoryOptions = {}): Promise<Places> {
  const root = await tempDirectory()
  const path = join(root, 'store')
  const directory = await DurableDirectory.open(path, options)
  onTestFinished(async () => await directory.close())
  await directory.commit([
    { kind: 'create', path: 'a/one.txt', bytes: bytes('one') },
    { kind: 'create', path: 'a/b/two.txt', bytes: bytes('two') },
    { kind: 'create', path: 'empty', bytes: bytes('') },
    { kind: 'create', path: 'long', bytes: new Uint8Array(400_000).fill(7) },
  ])
  return { directory, path, to: join(root, 'backups'), place: join(root, 'restored') }
}
