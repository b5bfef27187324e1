export { importPrompts, type ImportPromptsOptions, type ImportReport } from './import-prompts.js'
export {
  exportPrompts,
  type ExportedItem,
  type ExportPromptsOptions,
  type ExportReport,
} from './export-prompts.js'
export type { ImportedItem } from './plan-import.js'
export type { Format } from './read-items.js'
export { InterchangeError, type InterchangeErrorCode } from './interchange-error.js'
