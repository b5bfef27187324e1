import { TextDecoder, TextEncoder } from 'node:util'

/** What the file beside the versions of a hashed name holds: the id of the prompt. */
export function encodePromptFile(promptId: string): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ prompt_id: promptId }, null, 2)}\n`)
}

/** The id in a prompt's file; undefined if it has none. */
export function parsePromptFile(bytes: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    const id: unknown =
      typeof value === 'object' && value !== null ? Reflect.get(value, 'prompt_id') : undefined
    return typeof id === 'string' && id.isWellFormed() ? id : undefined
  } catch {
    // A file that is not JSON has no id; verify reports the directory.
    return undefined
  }
}
