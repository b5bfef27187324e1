import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SubjectName } from '../plan/subjects.js'
import { flushAll } from './drop-caches.js'

const CHILD = fileURLToPath(new URL('build-child.js', import.meta.url))

/** Holdfast's own stores are the same on the disk, whichever way they are opened. */
export function storeDirectory(root: string, subject: SubjectName, versions: number): string {
  return join(root, `store-${makerOf(subject)}-${versions}`)
}

/** Makes those of them that are not there yet, in a process each, and leaves nothing to be written out. */
export async function buildStores(
  root: string,
  stores: readonly { readonly subject: SubjectName; readonly store: number }[],
  progress: (text: string) => void,
): Promise<void> {
  const made = new Set<string>()
  for (const { subject, store } of stores) {
    const directory = storeDirectory(root, subject, store)
    if (made.has(directory)) continue
    made.add(directory)
    // An empty store is made by who opens it.
    const isNew = (await mkdir(directory, { recursive: true })) !== undefined
    if (!isNew || store === 0) continue
    progress(`building a store of ${store.toLocaleString('en-US')} versions`)
    await build(makerOf(subject), directory, store)
  }
  await flushAll()
}

async function build(maker: string, directory: string, versions: number): Promise<void> {
  const child = fork(CHILD, [maker, directory, String(versions)])
  const [code] = await once(child, 'exit')
  if (code !== 0)
    throw new Error(`Building a store of ${versions} versions ended with ${String(code)}`)
}

function makerOf(subject: SubjectName): 'holdfast' | 'seed-design' {
  return subject === 'seed-design' ? 'seed-design' : 'holdfast'
}
