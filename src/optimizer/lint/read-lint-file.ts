import { wrongArgument } from '../../base/misuse.js'
import { rejectUnknown, shown } from '../../base/options.js'
import { readConfigFile } from '../../config/config-file.js'
import { yamlValue } from '../../config/yaml.js'
import { isRecord } from '../../base/values.js'
import type { LintOptions } from './lint-dify-file.js'
import { checkRuleLevels } from './lint-options.js'

/**
 * Reads the levels of rules from a file: YAML, JSON, or a module whose default export is the value. It has `rules` and
 * `overrides`, as `lintDifyFile` takes them.
 *
 * @throws TypeError that names the file and the wrong key, or why the file cannot be read
 */
export async function readLintFile(path: string): Promise<LintOptions> {
  const given = await readConfigFile(path, async (text) => yamlValue(text, await import('yaml')))
  if (!isRecord(given)) throw wrongArgument(`${path} must have "rules", got ${shown(given)}`)
  rejectUnknown(given, ['rules', 'overrides'], path)
  const options = given as LintOptions
  checkRuleLevels(options)
  return options
}
