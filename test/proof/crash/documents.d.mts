import type { PromptVersion } from '../../../src/versions/prompts/prompt-version.js'

export declare function documentOf(options: {
  readonly promptId: string
  readonly version: string
  readonly salt: string
  readonly textBytes: number
}): PromptVersion
export declare function digestOf(document: PromptVersion): string
export declare function keyOf(promptId: string, version: string): string
