import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { GROUPS, type Group } from './plan/scenarios.js'
import { SUBJECTS, type SubjectName } from './plan/subjects.js'

export interface BenchOptions {
  readonly quick: boolean
  /** Below it the data is written. */
  readonly directory: string
  /** Instead of what the plan says for each group. */
  readonly rounds: number | undefined
  readonly runMs: number | undefined
  readonly countSyscalls: boolean
  readonly subjects: readonly SubjectName[]
  readonly groups: readonly Group[]
  /** Name of the directory in bench/results. */
  readonly name: string
  /** Draw and write the report of that directory again, and measure nothing. */
  readonly reportOnly: boolean
  /** Put the figures into README.md and docs/benchmarks.md. */
  readonly readme: boolean
}

export const USAGE = `npm run bench -- [--quick] [--readme] [--dir D] [--subject NAME]... [--group NAME]...

  --quick        short runs of the essential scenarios, under two minutes; without it everything, under half an hour
  --readme       write the figures into README.md and docs/benchmarks.md too
  --dir          write below this directory: its file system is what is measured (default: the system's temp directory)
  --subject      measure only this one; may be given several times: ${SUBJECTS.join(', ')}
  --group        measure only this group of scenarios; may be given several times: ${GROUPS.join(', ')}
  --rounds       runs of each cell, and --run-ms how long one is, instead of what suits each group
  --syscalls     count system calls with strace: on by default; with --quick only those of Holdfast
  --name         directory in bench/results to write to (default: full, or quick)
  --report       measure nothing: write the report and the charts of that directory again, from its JSON lines`

/** @throws TypeError or RangeError that names the option; undefined when help was asked for */
export function parseOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      readme: { type: 'boolean', default: false },
      dir: { type: 'string', default: tmpdir() },
      subject: { type: 'string', multiple: true },
      group: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      'run-ms': { type: 'string' },
      syscalls: { type: 'boolean', default: true },
      name: { type: 'string' },
      report: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  return {
    quick: values.quick,
    directory: values.dir,
    rounds: count('rounds', values.rounds),
    runMs: count('run-ms', values['run-ms']),
    countSyscalls: values.syscalls,
    subjects: several('subject', values.subject, SUBJECTS),
    groups: several('group', values.group, GROUPS),
    name: directoryName(values.name ?? (values.quick ? 'quick' : 'full')),
    reportOnly: values.report,
    readme: values.readme,
  }
}

function count(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new RangeError(`Option --${name} must be a whole number from 1 on, got '${given}'`)
}

function several<Choice extends string>(
  name: string,
  given: readonly string[] | undefined,
  choices: readonly Choice[],
): readonly Choice[] {
  if (given === undefined) return choices
  const unknown = given.find((one) => !choices.some((choice) => choice === one))
  if (unknown === undefined) return choices.filter((choice) => given.includes(choice))
  throw new TypeError(`Option --${name} must be one of ${choices.join(', ')}, got '${unknown}'`)
}

function directoryName(given: string): string {
  if (/^[\w-]+$/.test(given)) return given
  throw new TypeError(`Option --name must be letters, digits, '_' and '-', got '${given}'`)
}
