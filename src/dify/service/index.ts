export { DifyClient } from './dify-client.js'
export { DifyConsole, type DifyConsoleOptions, type ImportedApp } from './dify-console.js'
export type { DifyClientOptions } from './client-options.js'
export type { DifyErrorCode, DifyFacts } from './dify-error.js'
export { DifyError, isDifyError } from './dify-error.js'
export type {
  AppInfo,
  DifyChatRequest,
  CompletionRequest,
  DifyFileInput,
  GenerateOptions,
  RunRequest,
  UploadedFile,
} from './requests.js'
export { addPrices } from './prices.js'
export type { NodeStatus, NodeTrace, TracedMessage } from './node-trace.js'
export type { RunIds } from './run-events.js'
export type { ChatOutcome, RunOutcome, RunStatus, RunSummary } from './run-outcome.js'
