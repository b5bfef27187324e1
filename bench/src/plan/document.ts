import type { PromptVersion } from '../../../dist/index.js'

/** Bytes of every document as indented JSON, which is how each subject stores it. */
export const DOCUMENT_BYTES = 1024
/** Prompts that saves go round in; also the directories that the files are in. */
export const PROMPTS = 64
/** Versions of each prompt of a prepared store of this many versions and more; of smaller ones, 20. */
export const LARGE_STORE = 200_000

const SENTENCE =
  'You are a careful linguist. Translate the text below, keep its tone, and leave names as they are. '
const TEXT = SENTENCE.repeat(Math.ceil(DOCUMENT_BYTES / SENTENCE.length))

export interface Name {
  readonly promptId: string
  readonly version: string
}

/** The `at`-th name: the next version of the next of 64 prompts. */
export function nameAt(at: number): Name {
  return { promptId: promptAt(at % PROMPTS), version: `1.0.${Math.floor(at / PROMPTS)}` }
}

/** The same for new versions in a prepared store, of 64 of its prompts that lie far apart. */
export function addedNameAt(at: number, store: number): Name {
  const stride = Math.max(1, Math.floor(promptsOf(store) / PROMPTS))
  return {
    promptId: promptAt((at % PROMPTS) * stride),
    version: `1.1.${Math.floor(at / PROMPTS)}`,
  }
}

export function promptAt(at: number): string {
  return `prompt-${String(at).padStart(2, '0')}`
}

export function promptsOf(store: number): number {
  return store / versionsOf(store)
}

/** How many versions each prompt of a prepared store has. */
export function versionsOf(store: number): number {
  return store < LARGE_STORE ? 20 : 50
}

/** The `at`-th of a prepared store: all versions of a prompt one after the other. */
export function storedNameAt(at: number, store: number): Name {
  const versions = versionsOf(store)
  return { promptId: promptAt(Math.floor(at / versions)), version: `1.0.${at % versions}` }
}

/** The document of that name, always 1 KiB long. */
export function documentOf({ promptId, version }: Name): PromptVersion {
  const length = DOCUMENT_BYTES - OTHER_BYTES - 2 * promptId.length - version.length
  return build(promptId, version, TEXT.slice(0, length))
}

/** The text that all subjects but the storage store; the storage writes the same and a checksum. */
export function encode(document: PromptVersion): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

const OTHER_BYTES = Buffer.byteLength(encode(build('', '', '')))

function build(promptId: string, version: string, text: string): PromptVersion {
  return {
    version,
    prompt_id: promptId,
    created_at: '2026-01-01T00:00:00.000Z',
    parent_version: null,
    metadata: { author: 'bench', strategy: 'none' },
    prompt: {
      id: promptId,
      workflow_id: 'translation',
      node_id: '1711067409646',
      node_type: 'llm',
      text,
      role: 'system',
      variables: ['text'],
      context: { label: 'translate' },
    },
    analysis: null,
    optimization_result: null,
  }
}
