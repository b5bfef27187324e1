export { OptimizerService, type HistoryEntry, type WorkflowAnalysis } from './optimizer-service.js'
export type { CycleOptions } from './optimization-cycle.js'
export type { OptimizerLogger, OptimizerServiceOptions } from './service-options.js'
export type { OptimizationSettings } from './optimization-settings.js'
export type {
  OptimizationEvent,
  OptimizationReport,
  OptimizedPrompt,
  PromptStatus,
} from './optimization-report.js'
export type { KeptVersions } from './kept-versions.js'
export type { Step, StepTimings } from './step-timings.js'
export type { WorkflowReader } from './workflow-reader.js'
export { generatePatches, type NewText } from './generate-patches.js'
export {
  analyzeWorkflow,
  optimizeWorkflow,
  optimizeWorkflowStreaming,
  type OptimizeWorkflowOptions,
} from './optimize-workflow.js'
export {
  MetricsDrivenOptimizer,
  type CycleRunner,
  type Intervention,
  type MetricsCollector,
  type MetricsDrivenOptions,
  type WatchOptions,
} from './metrics-driven-optimizer.js'
