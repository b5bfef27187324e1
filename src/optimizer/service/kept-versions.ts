import { wholeText, type PromptInput, type TextPrompt } from '../../versions/prompts/prompt.js'
import type {
  OptimizationResult,
  PromptAnalysis,
  PromptVersion,
} from '../../versions/prompts/prompt-version.js'
import type { VersionManager } from '../../versions/prompts/version-manager.js'

/** A prompt as its file has it, and what was made of it. */
export interface Optimized {
  readonly prompt: TextPrompt
  readonly analysis: PromptAnalysis
  readonly result: OptimizationResult
  /** The scores of the new text. */
  readonly optimizedAnalysis: PromptAnalysis
}

/** The versions that an optimization is kept as. */
export interface KeptVersions {
  /** The version with the text of the file. */
  readonly baseline: string
  /** The version with the new text. */
  readonly optimized: string
}

/**
 * Keeps an optimization as versions: the text of the file as a baseline, and the new text with the baseline as its
 * parent. What is there already is not saved again. The baseline is the latest version if that has the text, or the
 * version that the latest one was optimized from if that has it; a new one is saved only where neither does.
 */
export async function keepVersions(
  manager: VersionManager,
  { prompt, analysis, result, optimizedAnalysis }: Optimized,
): Promise<KeptVersions> {
  const latest = await manager.getLatestVersion(prompt.id)
  const known = await versionWithText(manager, latest, prompt.text)
  const baseline = known ?? (await manager.createVersion({ prompt, analysis }))
  if (latest !== undefined && isSame(latest, result, baseline))
    return { baseline: baseline.version, optimized: latest.version }
  const optimized = await manager.createVersion({
    prompt: { ...prompt, text: result.optimized_prompt } as PromptInput,
    analysis: optimizedAnalysis,
    optimizationResult: result,
    parentVersion: baseline.version,
  })
  return { baseline: baseline.version, optimized: optimized.version }
}

async function versionWithText(
  manager: VersionManager,
  latest: PromptVersion | undefined,
  text: string,
): Promise<PromptVersion | undefined> {
  if (latest === undefined || wholeText(latest.prompt) === text) return latest
  const { parent_version, optimization_result } = latest
  if (optimization_result === null || parent_version === null) return undefined
  const parent = await manager.getVersion(latest.prompt_id, parent_version)
  return parent !== undefined && wholeText(parent.prompt) === text ? parent : undefined
}

/** Whether the latest version is what this optimization has made, by an earlier call. */
function isSame(
  latest: PromptVersion,
  { optimized_prompt, strategy }: OptimizationResult,
  baseline: PromptVersion,
): boolean {
  return (
    latest.parent_version === baseline.version &&
    latest.optimization_result?.strategy === strategy &&
    wholeText(latest.prompt) === optimized_prompt
  )
}
