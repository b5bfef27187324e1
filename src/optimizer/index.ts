export { importWorkflows, type ImportOptions } from './identity/import-workflows.js'
export type { FileImport, PromptImport } from './identity/file-import.js'
export type { PromptOutcome } from './identity/plan-files.js'
export type { RecognisedBy } from './identity/recognise-workflow.js'
export type { WorkflowSource } from './identity/read-sources.js'
export {
  parseWorkflow,
  type DifyNode,
  type DifyWorkflow,
  type WorkflowOptions,
} from './dify-workflow.js'
export { lintDifyFile, type LintOptions, type LintOverride } from './lint/lint-dify-file.js'
export { lintSource } from './lint/lint-source.js'
export { LINT_RULE_IDS, type LintRuleId } from './lint/rules.js'
export type { RuleLevels } from './lint/lint-options.js'
export type { Finding, FindingSeverity } from './lint/finding.js'
export { formatFindings } from './lint/format-findings.js'
export { toSarif, type SarifLog, type SarifOptions } from './lint/sarif.js'
export { PromptAnalyzer, type AnalyzerOptions } from './analysis/prompt-analyzer.js'
export type { RuleSet, ScoreParts, TextScores, TextUse } from './analysis/scores.js'
export {
  extractPrompts,
  type EmptyMessage,
  type ExtractedPrompts,
  type ExtractOptions,
} from './extract-prompts.js'
export {
  parseDifyFile,
  type CarriedText,
  type DifyFile,
  type DifyFileOptions,
  type FileNote,
} from '../dify/workflow/dify-file.js'
export type { Carrier, TextSyntax } from '../dify/workflow/carriers.js'
export {
  editTexts,
  replaceTexts,
  type EditedFile,
  type TextEdit,
} from '../dify/workflow/replace-texts.js'
export type { DifyEdge } from '../dify/workflow/nodes.js'
export { referencesOf, type Reference, type ReferenceKind } from '../dify/workflow/references.js'
export { PromptExtractor, type PromptExtractorOptions } from './prompt-extractor.js'
export { WorkflowError, type WorkflowErrorCode } from './workflow-error.js'
export {
  DifyClient,
  DifyConsole,
  DifyError,
  isDifyError,
  type AppInfo,
  type ChatOutcome,
  type CompletionRequest,
  type DifyChatRequest,
  type DifyClientOptions,
  type DifyConsoleOptions,
  type DifyErrorCode,
  type DifyFacts,
  type DifyFileInput,
  type GenerateOptions,
  type ImportedApp,
  type NodeStatus,
  type NodeTrace as DifyNodeTrace,
  type RunIds,
  type RunOutcome,
  type RunRequest,
  type RunStatus,
  type RunSummary,
  type TracedMessage,
  type UploadedFile,
} from '../dify/service/index.js'
export { ConfigLoader, type ConfigLoaderOptions } from './models/config-loader.js'
export {
  WorkflowCatalog,
  WorkflowEntry,
  type CatalogOptions,
  type NodeMeta,
  type WorkflowCatalogInput,
  type WorkflowEntryInput,
} from './models/workflow-catalog.js'
export {
  checkTestPlan,
  type TestDataConfig,
  type TestPlan,
  type WorkflowPlanEntry,
} from './models/test-plan.js'
export type {
  ConversationFlow,
  ConversationStep,
  Dataset,
  DataSetCase,
  InputParameter,
  NumberRange,
} from './models/data-set.js'
export type {
  ExecutionPolicy,
  RateLimit,
  RetryPolicy,
  StopConditions,
} from './models/execution-policy.js'
export type {
  IfMissing,
  PatchMode,
  PromptOptimization,
  PromptPatch,
  PromptSelector,
  PromptStrategy,
  PromptTemplate,
  PromptVariant,
  SelectorConstraints,
} from './models/prompt-patch.js'
export type { RunManifest, TestCase } from './models/run-manifest.js'
export {
  checkTestExecutionReport,
  checkTestResult,
  type ErrorDistribution,
  type PerformanceMetrics,
  type TestExecutionReport,
  type TestResult,
  type TestStatus,
} from './models/test-result.js'
export { refusalOf, type Refusal, type RefusalReason } from './rewriting/refusal.js'
export { protectedParts, type ProtectedParts } from './rewriting/protected-parts.js'
export type { ProtectedKind } from './rewriting/protected-ranges.js'
export type { LanguageProfile } from './analysis/languages.js'
export { ExperimentError, type ExperimentErrorCode } from './experiment-error.js'
export type { Case, Evaluated, Evaluator, Verdict } from './evaluation/case.js'
export { digestOf, parseCases, type CaseFile } from './evaluation/case-file.js'
export {
  effectInterval,
  type EffectInterval,
  type IntervalOptions,
} from './evaluation/effect-interval.js'
export { evaluatorSpecSchema, type EvaluatorSpec } from './evaluation/evaluator-spec.js'
export { casesEvaluator, evaluatorOf, type EvaluatorOptions } from './evaluation/evaluators.js'
export { holm } from './evaluation/holm.js'
export {
  permutationTest,
  type Alternative,
  type PermutationOptions,
  type PermutationTest,
} from './evaluation/permutation-test.js'
export { splitCases, type Split, type SplitShares } from './evaluation/split.js'
export { OpenAiChatModel } from './llm/open-ai-model.js'
export type { OpenAiModelOptions, TokenLimitField } from './llm/model-options.js'
export type {
  ChatAnswer,
  ChatMessage,
  ChatModel,
  ChatOptions,
  ChatRequest,
  ChatUsage,
} from './llm/chat-model.js'
export { isModelError, ModelError, type ModelErrorCode } from './llm/model-error.js'
export type { Candidate, CaseOutcome, NodeTrace } from './search/candidate.js'
export { modelProposer, type ModelProposerOptions } from './search/model-proposer.js'
export type {
  CasePair,
  Comparison,
  Proof,
  ProofOptions,
  PromptContribution,
  Verdict as ProofVerdict,
} from './search/proof-types.js'
export { proofRunsMax, prove } from './search/prove.js'
export { search } from './search/search.js'
export type {
  Evaluate,
  EvaluateOptions,
  Origin,
  PoolMember,
  ProposalRequest,
  Proposer,
  SearchAlgorithm,
  SearchEvent,
  SearchOptions,
  SearchResult,
  TriedText,
} from './search/search-types.js'
export {
  PromptPatchEngine,
  type PatchChange,
  type PatchedWorkflow,
  type PromptPatchEngineOptions,
  type SkippedPatch,
} from './patching/prompt-patch-engine.js'
export { promptPointers, type PointerOptions } from './patching/prompt-pointers.js'
export { PatchError, type PatchErrorCode } from './patching/patch-error.js'
export {
  planExperiment,
  runExperiment,
  type ExperimentOptions,
  type ExperimentPlan,
  type ExperimentReport,
} from './search/experiment.js'
export type { Price } from './ledger/budget.js'
export { Ledger } from './ledger/ledger.js'
export type {
  LedgerOptions,
  LedgerRequest,
  LedgerWork,
  Performed,
  RequestPlace,
} from './ledger/ledger-options.js'
export {
  ledgerSchema,
  type BudgetLimits,
  type Cost,
  type LedgerDocument,
  type LedgerEntry,
} from './ledger/ledger-entry.js'
export type { AskedCost, LedgerReport } from './ledger/ledger-state.js'
export { aggregateMetrics } from './execution/aggregate-metrics.js'
export type {
  CaseRun,
  CaseRunner,
  CaseRunOptions,
  PreparedWorkflow,
  PrepareOptions,
} from './execution/case-runner.js'
export { DataCollector, type ResultFilter } from './execution/data-collector.js'
export { DifyRunner, publishWith, type DifyRunnerOptions } from './execution/dify-runner.js'
export { errorDistribution } from './execution/error-distribution.js'
export {
  ExecutorService,
  type ExecuteOptions,
  type ExecutorServiceOptions,
} from './execution/executor-service.js'
export {
  recordedRunner,
  type RecordedRunnerOptions,
  type RequestLedger,
} from './execution/recorded-runner.js'
export { resultsAsCsv, resultsAsJson } from './execution/export-results.js'
export { ResultClassifier, type ResultClass } from './execution/result-classifier.js'
export {
  RunExecutor,
  type ExecutedCase,
  type RunExecutorOptions,
} from './execution/run-executor.js'
export {
  RunManifestBuilder,
  type DslPatcher,
  type RunManifestBuilderOptions,
} from './execution/run-manifest-builder.js'
export {
  TaskScheduler,
  type Schedule,
  type ScheduledTask,
  type ScheduleOptions,
  type StoppedBy,
} from './execution/task-scheduler.js'
export {
  TestCaseGenerator,
  type CaseGeneratorOptions,
  type CaseMode,
  type GeneratedCases,
} from './execution/test-case-generator.js'
export {
  OptimizationLoop,
  type LoopOutcome,
  type LoopResult,
  type OptimizationLoopOptions,
  type PatchFinder,
  type WinningVariant,
} from './service/optimization-loop.js'
export {
  OptimizationEngine,
  type Analyzer,
  type EngineOptions,
  type OptimizeConfig,
} from './rewriting/optimization-engine.js'
export { selectStrategy, type RunMetrics, type ScoringRules } from './rewriting/scoring-rules.js'
export { OptimizationError, type OptimizationErrorCode } from './optimization-error.js'
export type { ModelStatistics } from './llm/metered-model.js'
export { OptimizerService, generatePatches, analyzeWorkflow } from './service/index.js'
export { optimizeWorkflow, optimizeWorkflowStreaming } from './service/index.js'
export { MetricsDrivenOptimizer } from './service/index.js'
export type { CycleOptions, CycleRunner, HistoryEntry, Intervention } from './service/index.js'
export type { KeptVersions, MetricsCollector, MetricsDrivenOptions } from './service/index.js'
export type { NewText, OptimizationEvent, OptimizationReport } from './service/index.js'
export type { OptimizationSettings, OptimizeWorkflowOptions } from './service/index.js'
export type { OptimizedPrompt, OptimizerLogger, OptimizerServiceOptions } from './service/index.js'
export type { PromptStatus, Step, StepTimings, WatchOptions } from './service/index.js'
export type { WorkflowAnalysis, WorkflowReader } from './service/index.js'
export { VersionManager, type VersionManagerOptions } from '../versions/prompts/version-manager.js'
export { applyRun, type AppliedRun, type ApplyOptions } from './run/apply-run.js'
export {
  replayRun,
  reportOfRun,
  resumeRun,
  runNameOf,
  startRun,
  type ResumeOptions,
  type RunOptions,
} from './run/optimizer-run.js'
export { planRun, type RunPlan } from './run/plan-run.js'
export type { RunSecret } from './run/run-secrets.js'
export {
  checkRunConfig,
  type DataConfig,
  type DifyTarget,
  type ModelConfig,
  type ModelTarget,
  type RunConfig,
  type SecretPlace,
} from './run/run-config.js'
export {
  readDefinition,
  type Definition,
  type RunCases,
  type RunDefinition,
} from './run/run-definition.js'
export type {
  ReportedCase,
  ReportedOutcome,
  ReportedPrompt,
  RunReport,
  RunVerdict,
} from './run/run-report.js'
export type { Variables } from './run/run-models.js'
export { htmlReport } from './reports/html-report.js'
export { markdownReport, type ReportOptions } from './reports/markdown-report.js'
export { promptHistories } from './reports/prompt-history.js'
export type { PromptHistory, PromptHistoryEntry } from './reports/report-facts.js'
