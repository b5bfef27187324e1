import { NO_HEAD, type LabelMove } from '../../../src/versions/prompt-heads.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { moveOf } from '../../../src/versions/conformance/transacting.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import type { Copyable, VersionCopies } from '../../../src/versions/version-copies.js'
import type { VersionStorage } from '../../../src/versions/version-storage.js'
import type { VersionTransactions } from '../../../src/versions/prompt-heads.js'

/** What the tests fill. */
export type Filled = VersionStorage &
  VersionTransactions<ReturnType<typeof sampleVersion>> &
  Copyable

/** Moves the label of a prompt. */
export async function moveTo(storage: Filled, promptId: string, version: string): Promise<void> {
  await storage.transact([promptId], ([view]) => {
    const from = view?.head?.labels['production']?.version ?? null
    const move: LabelMove = { ...moveOf('production', from, version), at: new Date().toISOString() }
    const { label, from: _from, to: _to, ...note } = move
    const labels = { ...view?.head?.labels, [label]: { version, ...note } }
    const head = { ...NO_HEAD, ...view?.head, labels }
    return { changes: [{ promptId, head, moves: [move] }], result: undefined }
  })
}

/** A storage with versions, labels that were moved, and deletions. */
export async function filled(prompts = 3, versions = 5): Promise<MemoryStorage> {
  const storage = new MemoryStorage()
  await fill(storage, prompts, versions)
  return storage
}

export async function fill(storage: Filled, prompts: number, versions: number): Promise<void> {
  for (let prompt = 0; prompt < prompts; prompt++) {
    const promptId = `p${prompt}`
    for (let patch = 0; patch < versions; patch++)
      await storage.saveVersion(sampleVersion(promptId, `1.0.${patch}`))
    await moveTo(storage, promptId, '1.0.1')
    await moveTo(storage, promptId, '1.0.2')
    await storage.deleteVersion(promptId, '1.0.0')
  }
}

/** The copies of a storage, some calls of which the test replaces. */
export function replacing({ copies }: Copyable, calls: Partial<VersionCopies>): VersionCopies {
  return {
    promptIds: async () => await copies.promptIds(),
    names: async (promptId) => await copies.names(promptId),
    state: async (promptId) => await copies.state(promptId),
    documents: async (promptId, versions) => await copies.documents(promptId, versions),
    change: async (promptId, decide) => await copies.change(promptId, decide),
    knownSince: async () => await copies.knownSince(),
    setKnownSince: async (known) => await copies.setKnownSince(known),
    ...calls,
  }
}

/** All that a storage keeps. */
export async function contentOf({ copies }: Copyable): Promise<unknown> {
  const content: Record<string, unknown> = {}
  for (const promptId of await copies.promptIds()) {
    const { versions, head, history } = await copies.state(promptId)
    const names = await copies.names(promptId)
    content[promptId] = {
      times: Object.fromEntries(names.map((name) => [name, versions.get(name)])),
      head,
      history,
      documents: (await copies.documents(promptId, names)).map(({ document, schemaVersion }) => ({
        document,
        schemaVersion,
      })),
    }
  }
  return content
}
