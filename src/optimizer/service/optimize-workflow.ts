import type { OptimizationStrategy } from '../../versions/prompts/prompt-version.js'
import type { PromptPatch } from '../models/prompt-patch.js'
import type { WorkflowCatalog } from '../models/workflow-catalog.js'
import type { CycleOptions } from './optimization-cycle.js'
import { OptimizerService, type WorkflowAnalysis } from './optimizer-service.js'
import type { OptimizerServiceOptions } from './service-options.js'

/** What the functions need besides the catalog and the strategy. */
export type OptimizeWorkflowOptions = Omit<OptimizerServiceOptions, 'catalog'> &
  Omit<CycleOptions, 'strategy' | 'optimization'>

/**
 * As `OptimizerService.optimizeWorkflow`, for one call.
 *
 * @example
 * const patches = await optimizeWorkflow('wf_001', catalog, 'auto', { storage })
 */
export async function optimizeWorkflow(
  workflowId: string,
  catalog: WorkflowCatalog,
  strategy: OptimizationStrategy = 'auto',
  options: OptimizeWorkflowOptions = {},
): Promise<readonly PromptPatch[]> {
  const [service, call] = parted(catalog, options)
  try {
    return await service.optimizeWorkflow(workflowId, { ...call, strategy })
  } finally {
    await service.close()
  }
}

/** As `OptimizerService.optimizeWorkflowStreaming`, for one call: a patch for each prompt, as soon as there is one. */
export async function* optimizeWorkflowStreaming(
  workflowId: string,
  catalog: WorkflowCatalog,
  strategy: OptimizationStrategy = 'auto',
  options: OptimizeWorkflowOptions = {},
): AsyncGenerator<PromptPatch, void, undefined> {
  const [service, call] = parted(catalog, options)
  try {
    yield* service.optimizeWorkflowStreaming(workflowId, { ...call, strategy })
  } finally {
    await service.close()
  }
}

/** As `OptimizerService.analyzeWorkflow`, for one call. No storage is needed. */
export async function analyzeWorkflow(
  workflowId: string,
  catalog: WorkflowCatalog,
  options: Omit<OptimizerServiceOptions, 'catalog'> = {},
): Promise<WorkflowAnalysis> {
  return await new OptimizerService({ ...options, catalog }).analyzeWorkflow(workflowId)
}

function parted(
  catalog: WorkflowCatalog,
  options: OptimizeWorkflowOptions,
): readonly [OptimizerService, CycleOptions] {
  const { metrics, promptIds, request, proposalsMax, signal, ...service } = options
  const call = { metrics, promptIds, request, proposalsMax, signal }
  return [new OptimizerService({ ...service, catalog }), call]
}
