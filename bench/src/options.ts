import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { SUBJECTS, type SubjectName } from './plan.js'

export interface BenchOptions {
  readonly quick: boolean
  /** Below it the data is written. */
  readonly directory: string
  readonly rounds: number
  readonly runMs: number
  readonly countSyscalls: boolean
  readonly subjects: readonly SubjectName[]
}

export const USAGE = `npm run bench -- [--quick] [--dir D] [--rounds N] [--run-ms N] [--subject NAME]... [--[no-]syscalls]

  --quick        5 rounds of short runs, under two minutes; without it 9 rounds of 2 s
  --dir          write below this directory: its file system is what is measured (default: the system's temp directory)
  --subject      measure only this one; may be given several times: ${SUBJECTS.join(', ')}
  --syscalls     count system calls with strace: on by default, but not with --quick`

const ROUNDS = 9
const ROUNDS_QUICK = 5
const RUN_MS = 2000
const RUN_MS_QUICK = 300

/** @throws TypeError or RangeError that names the option; undefined when help was asked for */
export function parseOptions(argv: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...argv],
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      dir: { type: 'string', default: tmpdir() },
      rounds: { type: 'string' },
      'run-ms': { type: 'string' },
      subject: { type: 'string', multiple: true },
      syscalls: { type: 'boolean' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  return {
    quick: values.quick,
    directory: values.dir,
    rounds: count('rounds', values.rounds, values.quick ? ROUNDS_QUICK : ROUNDS),
    runMs: count('run-ms', values['run-ms'], values.quick ? RUN_MS_QUICK : RUN_MS),
    countSyscalls: values.syscalls ?? !values.quick,
    subjects: values.subject === undefined ? SUBJECTS : values.subject.map(subjectName),
  }
}

function count(name: string, given: string | undefined, fallback: number): number {
  if (given === undefined) return fallback
  const value = Number(given)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new RangeError(`Option --${name} must be a whole number from 1 on, got '${given}'`)
}

function subjectName(given: string): SubjectName {
  const known = SUBJECTS.find((subject) => subject === given)
  if (known !== undefined) return known
  throw new TypeError(`Option --subject must be one of ${SUBJECTS.join(', ')}, got '${given}'`)
}
