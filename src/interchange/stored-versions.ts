import { wrongArgument } from '../base/misuse.js'
import type { PromptHead } from '../versions/prompt-heads.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import { promptVersionSchema } from '../versions/prompts/prompt-version.js'
import { resolveReference, type Reference } from '../versions/registry/reference.js'
import type { AnyStorage, RegistryStorage } from '../versions/registry/registry-options.js'
import { listIds, readHead, readView } from '../versions/registry/storage-reads.js'
import { offersSchema } from '../versions/version-storage.js'

/** A version with what is kept beside its document. */
export interface StoredVersion {
  readonly document: PromptVersion
  /** Sorted. */
  readonly labels: readonly string[]
  /** Sorted. */
  readonly tags: readonly string[]
}

/** A prompt as it is stored. */
export interface StoredPrompt {
  readonly promptId: string
  /** All numbers, ascending; the documents of damaged versions are missing. */
  readonly names: readonly string[]
  readonly documents: ReadonlyMap<string, PromptVersion>
  readonly head: PromptHead
}

/** @throws TypeError for a storage whose documents are not prompts */
export function promptStorage(storage: RegistryStorage): AnyStorage {
  if (offersSchema(storage) && storage.schema !== (promptVersionSchema as unknown))
    throw wrongArgument('Option "storage" must keep prompts: this one has a schema of its own')
  return storage as unknown as AnyStorage
}

export async function readPrompt(storage: AnyStorage, promptId: string): Promise<StoredPrompt> {
  const { versions: names } = await readView(storage, promptId)
  const documents = (names.length === 0
    ? []
    : await storage.listVersions(promptId)) as unknown as readonly PromptVersion[]
  const head = await readHead(storage, promptId)
  return {
    promptId,
    names,
    documents: new Map(documents.map((document) => [document.version, document])),
    head,
  }
}

/** What is exported of each prompt. */
export interface Selection {
  /** Default: every prompt. */
  readonly promptIds: readonly string[] | undefined
  /** The version of each prompt that is taken; undefined for all of them. */
  readonly reference: Reference | undefined
}

/** The versions of each prompt in turn, ascending. Prompts that the reference names no version of are left out. */
export async function* storedPrompts(
  storage: AnyStorage,
  { promptIds, reference }: Selection,
): AsyncGenerator<readonly StoredVersion[]> {
  for (const promptId of promptIds ?? (await listIds(storage))) {
    const prompt = await readPrompt(storage, promptId)
    const versions = versionsOf(prompt)
    const wanted = reference === undefined ? undefined : versionAt(prompt, reference)
    const chosen =
      reference === undefined
        ? versions
        : versions.filter(({ document }) => document.version === wanted)
    if (chosen.length > 0) yield chosen
  }
}

function versionsOf({ documents, head }: StoredPrompt): readonly StoredVersion[] {
  return [...documents.values()].map((document) => {
    const { version } = document
    const labels = Object.entries(head.labels).filter(([, state]) => state.version === version)
    return {
      document,
      labels: labels.map(([label]) => label).sort(),
      tags: Object.hasOwn(head.tags, version) ? (head.tags[version] ?? []) : [],
    }
  })
}

function versionAt(
  { names, head, promptId }: StoredPrompt,
  reference: Reference,
): string | undefined {
  const labels = Object.entries(head.labels).map(
    ([label, { version }]) => [label, version] as const,
  )
  const known = { names, labels: new Map(labels), promptId }
  // Where every version is a pre-release, there is no latest stable one.
  const isUnstable = reference.kind === 'latest' && names.every((name) => name.includes('-'))
  return isUnstable ? undefined : resolveReference(reference, known)
}
