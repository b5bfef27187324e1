import { option, resolveOptions, type OptionTable } from '../../base/option-table.js'
import { integer, number, rejectUnknown } from '../../base/options.js'
import { warnDeprecated } from '../../base/this-process.js'
import { modernised, outdatedForms } from '../../config/deprecated.js'
import { OPTIMIZATION_DEFAULTS, type OptimizationConfig } from '../../config/env-config.js'

const SETTINGS: OptionTable<OptimizationConfig> = {
  min_baseline_score: option(OPTIMIZATION_DEFAULTS.min_baseline_score, number(0, 100)),
  min_improvement: option(OPTIMIZATION_DEFAULTS.min_improvement, number(0, 100)),
  min_confidence: option(OPTIMIZATION_DEFAULTS.min_confidence, number(0, 1)),
  max_iterations: option(OPTIMIZATION_DEFAULTS.max_iterations, integer(1, 1000)),
}

/** Settings by the names of the seeds, or by those of the first implementation, which are deprecated. */
export type OptimizationSettings = Partial<OptimizationConfig> & {
  /** @deprecated `min_baseline_score` */
  readonly score_threshold?: number | undefined
  /** @deprecated `min_improvement` */
  readonly improvement_threshold?: number | undefined
  /** @deprecated `min_confidence` */
  readonly confidence_threshold?: number | undefined
}

/**
 * The settings of an optimization: what the call says, then what the configuration says, then the defaults. A deprecated
 * name works, with a warning.
 *
 * @throws TypeError or RangeError that names the setting; TypeError for one that has both names
 */
export function settingsFrom(
  given: OptimizationSettings = {},
  configured: Partial<OptimizationConfig> = {},
): OptimizationConfig {
  const whole = { optimizer: { optimization: given } }
  const forms = outdatedForms(whole, 'the option "optimization"')
  for (const { code, path, renamedTo } of forms)
    warnDeprecated(`The setting ${path.at(-1)} is now called ${renamedTo}`, code)
  const modern = modernised(whole, forms) as typeof whole
  const optimization = modern.optimizer.optimization
  rejectUnknown(optimization, Object.keys(SETTINGS), 'the option "optimization"')
  return Object.freeze(resolveOptions(SETTINGS, { ...configured, ...optimization }))
}
