import { booleanOption, integerOption, rejectUnknown } from '../../base/options.js'
import type { VerifyOptions } from './findings.js'

const QUARANTINE_RULE = { min: 0, max: Number.MAX_SAFE_INTEGER, default: 10 }

/** Every default of `verify`, once. @throws TypeError or RangeError that names the option */
export function resolveVerifyOptions(given: VerifyOptions): Required<VerifyOptions> {
  rejectUnknown(given, ['repair', 'accept', 'quarantineMax'], 'verify')
  return {
    quarantineMax: integerOption('quarantineMax', given.quarantineMax, QUARANTINE_RULE),
    repair: booleanOption('repair', given.repair, false),
    accept: booleanOption('accept', given.accept, false),
  }
}
