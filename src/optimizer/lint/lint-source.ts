import { parseDifyFile } from '../../dify/workflow/dify-file.js'
import { WorkflowError } from '../../dify/workflow-error.js'
import type { Finding } from './finding.js'
import { lintDifyFile, type LintOptions } from './lint-dify-file.js'
import { checkRuleLevels } from './lint-options.js'
import { findingOfRefusal } from './lint-refused-file.js'

/** The most bytes that are read. */
const BYTES_MAX = 64 * 1024 * 1024

/**
 * Checks a file as `lintDifyFile` does, from its bytes. A file that Dify refuses is a finding of the rule `invalid-yaml`
 * or `not-importable`, not an error.
 *
 * @param bytes the file as it is; a text is treated as its bytes in UTF-8
 * @param file names the file in findings
 * @throws TypeError for a wrong argument or option, or an unknown rule
 */
export function lintSource(
  bytes: Uint8Array | string,
  file: string,
  options: LintOptions = {},
): readonly Finding[] {
  checkRuleLevels(options)
  try {
    return lintDifyFile(parseDifyFile(bytes, file, { fileBytesMax: BYTES_MAX }), options)
  } catch (error) {
    if (error instanceof WorkflowError) return findingOfRefusal(error, file, options)
    throw error
  }
}
