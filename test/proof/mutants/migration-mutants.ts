import type { Mutant } from './mutants.js'

/** Bugs in what copies whole storages to others. */
export const MIGRATION_MUTANTS: readonly Mutant[] = [
  {
    name: 'leaves the time of a commit out of the comparison',
    file: 'migration/compare',
    from: 'const time = savedAt ?? undefined',
    to: 'const time = savedAt === null ? undefined : undefined',
  },
  {
    name: 'replaces a history that only begins like that of the source',
    file: 'migration/compare',
    from: 'target.history.length < source.history.length &&\n    isDeepStrictEqual(target.history, source.history.slice(0, target.history.length))',
    to: 'target.history.length < source.history.length',
  },
  {
    name: 'overwrites other labels where the history is the same',
    file: 'migration/compare',
    from: "? 'labels' : 'history'",
    to: "? 'write' : 'history'",
  },
  {
    name: 'overlooks the versions that only the target has',
    file: 'migration/compare',
    from: '.filter((version) => !own.has(version))',
    to: '.filter((version) => own.has(version) && !own.has(version))',
  },
  {
    name: 'writes the record before the last versions that it may name',
    file: 'migration/copy-prompt',
    from: 'const isLast = at === parts.length - 1 && number === transactions.length - 1',
    to: 'const isLast = at === 0 && number === 0',
  },
  {
    name: 'makes a change that it has not announced',
    file: 'migration/copy-prompt',
    from: '      await announceChange(work.state, promptId, change)\n',
    to: '      if (work.state.recorded.prompts.size > 0) await announceChange(work.state, promptId, change)\n',
  },
  {
    name: 'overwrites labels that were moved while the prompt was copied',
    file: 'migration/copy-prompt',
    from: 'isSame = record === undefined || sameHead(head, target.head)',
    to: 'isSame = record === undefined || sameHead(head, head)',
  },
  {
    name: 'fails when another run has saved the same version',
    file: 'migration/copy-prompt',
    from: "if (isStorageError(error, 'OPT-VER-001')) return false",
    to: "if (isStorageError(error, 'OPT-VER-002')) return false",
  },
  {
    name: 'exports labels of a version that was deleted meanwhile',
    file: 'migration/export-versions',
    from: 'if (!isWhole) continue',
    to: 'if (!isWhole && done.size === 0) continue',
  },
  {
    name: 'takes any text for the time of a commit',
    file: 'migration/exported-item',
    from: 'savedAt !== null && !isExactTimestamp(savedAt)',
    to: "savedAt !== null && typeof savedAt !== 'string'",
  },
  {
    name: 'counts a version that was there as imported',
    file: 'migration/import-versions',
    from: 'return save.length\n',
    to: 'return versions.length\n',
  },
  {
    name: 'forgets what the target knew before a migration that is continued',
    file: 'migration/known-mark',
    from: "const kept = before === undefined ? '' : ` ${before.since} ${before.reason}`",
    to: "const kept = before === undefined ? '' : ''",
  },
  {
    name: 'knows a history from when the longer one begins',
    file: 'migration/known-mark',
    from: 'one.since >= other.since ? one : other',
    to: 'one.since < other.since ? one : other',
  },
  {
    name: 'ends before the target says that its history is complete',
    file: 'migration/migrate',
    from: '  await to.setKnownSince(known)\n}\n\nfunction totals',
    to: '}\n\nfunction totals',
  },
  {
    name: 'writes in a dry run',
    file: 'migration/migrate',
    from: 'if (!dryRun) await begin(to, state, names)',
    to: 'await begin(to, state, names)',
  },
  {
    name: 'does not wait for the versions that were copied before',
    file: 'migration/pace',
    from: 'this.#freeMs = startMs + (versions * 1000) / this.#perSecond',
    to: 'this.#freeMs = startMs + versions / this.#perSecond',
  },
  {
    name: 'lets a transaction grow beyond its bytes',
    file: 'migration/parts',
    from: 'last.push(copy)\n    bytes += size',
    to: 'last.push(copy)\n    bytes = size',
  },
  {
    name: 'removes a version that was there before the migration',
    file: 'migration/roll-back',
    from: '(version) => saved.has(version) && !before.versions.includes(version),',
    to: '(version) => saved.has(version),',
  },
  {
    name: 'removes a version that was changed since',
    file: 'migration/roll-back',
    from: 'if (digestOf(copy) !== saved.get(copy.version))',
    to: 'if (!saved.has(copy.version))',
  },
  {
    name: 'continues with the state of other stores',
    file: 'migration/state-file',
    from: 'run.from !== from || run.to !== to',
    to: 'run.from !== from && run.to !== to',
  },
  {
    name: 'reports no version that the target lacks',
    file: 'migration/validate',
    from: "      ...missing.map(of('missing')),\n",
    to: '',
  },
]
