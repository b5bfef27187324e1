import type { PromptVersion } from '../../dist/index.js'

/** Bytes of every document as indented JSON, which is how each subject stores it. */
export const DOCUMENT_BYTES = 1024
/** Prompts that the versions belong to; also the directories that the files lie in. */
export const PROMPTS = 64

const SENTENCE =
  'You are a careful linguist. Translate the text below, keep its tone, and leave names as they are. '
const TEXT = SENTENCE.repeat(Math.ceil(DOCUMENT_BYTES / SENTENCE.length))

/** The `at`-th document: another version of the next prompt, always 1 KiB long. */
export function documentAt(at: number): PromptVersion {
  const version = versionAt(at)
  return build(promptAt(at), version, TEXT.slice(0, TEXT_BYTES - version.length))
}

export function promptAt(at: number): string {
  return `prompt-${String(at % PROMPTS).padStart(2, '0')}`
}

export function versionAt(at: number): string {
  return `1.0.${Math.floor(at / PROMPTS)}`
}

/** The text that all subjects but the storage store; the storage writes the same and a checksum. */
export function encode(document: PromptVersion): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

const TEXT_BYTES = DOCUMENT_BYTES - Buffer.byteLength(encode(build(promptAt(0), '', '')))

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
