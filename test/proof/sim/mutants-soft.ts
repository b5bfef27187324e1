import { patch, type Mutant } from './mutant.js'

/** Bugs of the levels at which calls are flushed after they were acknowledged. */
export const SOFT_MUTANTS: readonly Mutant[] = [
  {
    name: 'interval-timer-flushes-nothing',
    hint: 'flushes at interval what was acknowledged',
    patches: [patch('engine/store.js', 'await journal.flush();', 'void 0;')],
  },
  {
    name: 'segment-turned-without-flush',
    hint: 'flushes at interval a segment before it turns to the next',
    patches: [
      patch(
        'engine/journal/segments.js',
        "if (page.getU64('durable') < page.getU64('committed'))",
        'if (false)',
      ),
    ],
  },
]

/** Bugs of the directory in which FileStorage keeps its files. */
export const FILES_MUTANTS: readonly Mutant[] = [
  {
    name: 'payload-and-document-in-two-commits',
    hint: '1/2',
    patches: [
      patch(
        'files/local/backend.js',
        'await this.directory.commit([...kept, ...operations, ...(alongside?.(file) ?? [])]);',
        'for (const operation of [...kept, ...operations]) await this.directory.commit([operation]);',
      ),
    ],
  },
  {
    name: 'version-kept-after-its-file-is-replaced',
    hint: '1/46',
    patches: [
      patch(
        'files/local/backend.js',
        'await this.directory.commit([...kept, ...operations, ...(alongside?.(file) ?? [])]);',
        'await this.directory.commit(operations);\n                    if (kept.length > 0) await this.directory.commit(kept);',
      ),
    ],
  },
  {
    name: 'version-without-its-document',
    hint: '1/46',
    patches: [
      patch(
        'files/local/versions.js',
        'return await storing(this.#directory, this.place(version), { file, content, found: undefined });',
        'return (await storing(this.#directory, this.place(version), { file, content, found: undefined })).slice(1);',
      ),
    ],
  },
]
