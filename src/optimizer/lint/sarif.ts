import type { Finding, FindingSeverity } from './finding.js'
import { LINT_RULE_IDS, LINT_RULES } from './rules.js'

/** What the log says about the program. */
export interface SarifOptions {
  /** The version of the program that made the findings. */
  readonly version: string
}

/** A log in the Static Analysis Results Interchange Format, version 2.1.0: the part of it that is used here. */
export interface SarifLog {
  readonly $schema: string
  readonly version: '2.1.0'
  readonly runs: readonly SarifRun[]
}

interface SarifRun {
  readonly tool: { readonly driver: SarifDriver }
  /** Columns are counted in UTF-16 code units. */
  readonly columnKind: 'utf16CodeUnits'
  readonly results: readonly SarifResult[]
}

interface SarifDriver {
  readonly name: string
  readonly version: string
  readonly informationUri: string
  readonly rules: readonly {
    readonly id: string
    readonly shortDescription: SarifMessage
    readonly helpUri: string
    readonly defaultConfiguration: { readonly level: FindingSeverity }
  }[]
}

interface SarifMessage {
  readonly text: string
}

interface SarifResult {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly level: FindingSeverity
  readonly message: SarifMessage
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string }
      readonly region: { readonly startLine: number; readonly startColumn: number }
    }
    readonly logicalLocations: readonly { readonly fullyQualifiedName: string }[]
  }[]
  /** The same finding has the same print when lines above it change. */
  readonly partialFingerprints: { readonly pointerAndRule: string }
}

const HOME = 'https://github.com/holdfast-storage/holdfast'
const SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

/** The findings of any number of files as one log, which code hosts show at the lines of a change. */
export function toSarif(findings: readonly Finding[], { version }: SarifOptions): SarifLog {
  const ids: readonly string[] = LINT_RULE_IDS
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Holdfast', version, informationUri: HOME, rules: ruleList() } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: ids.indexOf(finding.rule),
          level: finding.severity,
          message: { text: `${finding.message}. ${finding.remedy}.` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: toUri(finding.file) },
                region: { startLine: finding.line, startColumn: finding.column },
              },
              logicalLocations: [{ fullyQualifiedName: finding.pointer }],
            },
          ],
          partialFingerprints: { pointerAndRule: `${finding.rule} ${finding.pointer}` },
        })),
      },
    ],
  }
}

function ruleList(): SarifDriver['rules'] {
  return LINT_RULE_IDS.map((id) => ({
    id,
    shortDescription: { text: `${LINT_RULES[id].description}.` },
    helpUri: `${HOME}/blob/main/docs/linting.md#${id}`,
    defaultConfiguration: { level: LINT_RULES[id].severity },
  }))
}

/** A name of a file as a relative reference: with slashes, and with everything else escaped. */
function toUri(file: string): string {
  const name = file.replaceAll('\\', '/').replace(/^\.\//, '')
  const escaped = name.split('/').map(encodeURIComponent).join('/')
  return /^[A-Za-z]:\//.test(name) ? `file:///${escaped.replace('%3A', ':')}` : escaped
}
