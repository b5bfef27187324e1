import type {
  OptimizationResult,
  PromptAnalysis,
} from '../../../../src/versions/prompts/prompt-version.js'
import type { TextPrompt } from '../../../../src/versions/prompts/prompt.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import type { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import type { VersionStorage } from '../../../../src/versions/version-storage.js'

export const now = (): Date => new Date('2025-01-17T10:30:00.000Z')
export const promptOf = (text: string): TextPrompt => ({
  ...sampleVersion('p', '1.0.0').prompt,
  text,
})
export const resultOf = (improvement_score: number): OptimizationResult => ({
  prompt_id: 'p',
  original_prompt: 'a',
  optimized_prompt: 'b',
  strategy: 'structure_focus',
  improvement_score,
  confidence: 0.9,
  changes: [],
  metadata: {},
})
export const analysisOf = (overall_score: number): PromptAnalysis => ({
  prompt_id: 'p',
  overall_score,
  clarity_score: 50,
  efficiency_score: 50,
  issues: [],
  suggestions: [],
  metadata: {},
})

/** Only the six methods, as a storage of another author has them. */
export function bare(storage: MemoryStorage): VersionStorage {
  return {
    saveVersion: async (version) => await storage.saveVersion(version),
    getVersion: async (...names) => await storage.getVersion(...names),
    listVersions: async (...given) => await storage.listVersions(...given),
    getLatestVersion: async (promptId) => await storage.getLatestVersion(promptId),
    deleteVersion: async (...names) => await storage.deleteVersion(...names),
    clearAll: async () => await storage.clearAll(),
  }
}
