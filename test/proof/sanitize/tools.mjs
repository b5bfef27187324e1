// The tools, one entry each: how the addon is built for it, how a program is run under it, and where it reports.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const COMMON = ['-O1', '-g1', '-fno-omit-frame-pointer']
const UNDEFINED = [
  '-fsanitize=undefined,float-cast-overflow,float-divide-by-zero',
  // Node is built without run-time types, and so are addons: there is nothing to compare.
  '-fno-sanitize=vptr',
]

/**
 * @typedef {object} Tool
 * @property {string[]} flags for compiler and linker
 * @property {string} [home] whose builds it shares
 * @property {string} [library] to be loaded before anything else
 * @property {(reports: string) => Record<string, string>} environment reports: the stem of its log files
 * @property {(reports: string) => string[]} [command] goes before the program
 * @property {string[]} [nodeOptions] for a Node that runs under it
 * @property {string[]} planted what planted.cc does wrong and the tool must see
 * @property {boolean} [coreOnly] too slow for a workload in Node
 * @property {boolean} [failingAllocations] whether the core is also run with those; valgrind puts its own in their place
 */

/** @type {Record<string, Tool>} */
export const TOOLS = {
  asan: {
    flags: [...COMMON, '-fsanitize=address', '-fsanitize-address-use-after-scope', ...UNDEFINED],
    library: 'libasan.so',
    environment: (reports) => ({
      ASAN_OPTIONS: options(reports, {
        detect_leaks: 1,
        detect_stack_use_after_return: 1,
        strict_string_checks: 1,
        // V8 reserves address space far beyond any memory; only real allocations count.
        allocator_may_return_null: 1,
      }),
      // Node leaks much when it ends, so leaks are not errors of the program: judge.mjs picks those of Holdfast.
      LSAN_OPTIONS: 'exitcode=0',
      UBSAN_OPTIONS: options(reports, { print_stacktrace: 1, halt_on_error: 1 }),
    }),
    planted: ['overflow', 'after-free', 'leak', 'undefined'],
    failingAllocations: true,
  },
  ubsan: {
    flags: [...COMMON, ...UNDEFINED],
    environment: (reports) => ({
      UBSAN_OPTIONS: options(reports, { print_stacktrace: 1, halt_on_error: 1 }),
    }),
    planted: ['undefined'],
  },
  tsan: {
    flags: [...COMMON, '-fsanitize=thread'],
    library: 'libtsan.so',
    environment: (reports) => ({
      TSAN_OPTIONS: options(reports, {
        // Node itself is not instrumented: its locks are seen, the atomics between its own threads are not.
        ignore_noninstrumented_modules: 1,
        history_size: 4,
        second_deadlock_stack: 1,
        halt_on_error: 0,
      }),
    }),
    // The order of locks is helgrind's: with Node's own code left out, this one does not see it.
    planted: ['race'],
  },
  memcheck: valgrind(['--tool=memcheck', '--leak-check=full', '--show-leak-kinds=definite'], {
    planted: ['overflow', 'after-free', 'leak'],
  }),
  helgrind: valgrind(['--tool=helgrind', '--history-level=approx'], {
    planted: ['lock-order'],
    coreOnly: true,
  }),
}

/** Why the tool cannot run on this machine; undefined when it can. */
export function whyNot({ command, library }) {
  if (process.platform !== 'linux') return 'needs Linux'
  if (command !== undefined && !runs('valgrind', ['--version'])) return 'needs valgrind'
  if (!runs('g++', ['--version'])) return 'needs g++'
  if (library !== undefined && !existsSync(pathOf(library))) return `needs g++ with ${library}`
  return undefined
}

/** The absolute path of one of the compiler's libraries; its bare name when it has none. */
export function pathOf(library) {
  const { stdout } = spawnSync('g++', [`-print-file-name=${library}`], { encoding: 'utf8' })
  return (stdout ?? '').trim()
}

function valgrind(given, rest) {
  return {
    flags: COMMON,
    // Both look at the same binary.
    home: 'valgrind',
    environment: () => ({}),
    command: (reports) => [
      'valgrind',
      ...given,
      '--quiet',
      '--trace-children=no',
      '--fair-sched=try',
      '--num-callers=24',
      `--log-file=${reports}.%p`,
    ],
    // Valgrind does not see code that is written while it runs.
    nodeOptions: ['--jitless'],
    ...rest,
  }
}

function options(reports, more) {
  const all = { log_path: reports, exitcode: 66, ...more }
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .join(':')
}

function runs(command, given) {
  return spawnSync(command, given, { stdio: 'ignore' }).status === 0
}
