import type { Prompt, PromptVersion } from '../../../src/versions/prompts/prompt-version.js'

export declare function documentOf(promptId: string, version: string, text?: string): PromptVersion
export declare function promptOf(promptId: string, text: string): Prompt
