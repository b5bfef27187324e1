import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const EXAMPLES = fileURLToPath(new URL('../../../examples/dify/', import.meta.url))
export const EXTRA: string = fileURLToPath(new URL('../../data/dify-extra/', import.meta.url))

/** One file of the manifest: what PyYAML found in it, independent of Holdfast. */
export interface ExpectedFile {
  readonly file: string
  readonly sha256: string
  readonly valid_yaml: boolean
  readonly kind?: string
  readonly app_name?: string
  readonly app_mode?: string
  readonly nodes?: number
  /** SHA-256 of each message of an LLM node that is not blank. */
  readonly llm_texts?: readonly string[]
  readonly carriers?: readonly {
    readonly kind: string
    readonly where: string
    readonly sha: string
  }[]
}

export const EXPECTED: readonly ExpectedFile[] = (
  JSON.parse(readFileSync(join(EXTRA, 'manifest.json'), 'utf8')) as { files: ExpectedFile[] }
).files

/** Every real file: its name for messages, and its bytes. */
export const REAL_FILES: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ...readdirSync(EXAMPLES)
    .filter((name) => name.endsWith('.yml'))
    .map((name) => [name, readFileSync(join(EXAMPLES, name))] as const),
  ...EXPECTED.map(({ file }) => [file, readFileSync(join(EXTRA, file))] as const),
]

/** A small workflow with the given `data` of its nodes, in flow style. */
export function workflowOf(...data: readonly string[]): string {
  const nodes = data.map((each, at) => `      - {id: 'n${at}', data: ${each}}\n`).join('')
  return `app: {mode: workflow, name: small}\nworkflow:\n  graph:\n    nodes:\n${nodes || '      []\n'}`
}
