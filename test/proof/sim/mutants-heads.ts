import { patch, type Mutant } from './mutant.js'

/** Bugs of labels, and of versions that they name. */
export const HEADS_MUTANTS: readonly Mutant[] = [
  {
    name: 'head-replaced-without-its-condition',
    hint: '1/92',
    patches: [
      patch(
        'versions/file-system/head-files.js',
        "{ kind: 'replace', path, bytes, ifBytes: before }",
        "{ kind: 'replace', path, bytes }",
      ),
    ],
  },
  {
    name: 'head-created-without-its-condition',
    hint: '1/161',
    patches: [
      patch(
        'versions/file-system/head-files.js',
        "{ kind: 'create', path, bytes }",
        "{ kind: 'replace', path, bytes }",
      ),
    ],
  },
  {
    name: 'history-in-a-commit-of-its-own',
    hint: '1/36',
    patches: [
      patch(
        'versions/file-system/head-files.js',
        'return file === undefined ? [written, ...elsewhere] : [written, file.operation, ...elsewhere];',
        'if (file !== undefined) await this.#directory.commit([file.operation]); return [written, ...elsewhere];',
      ),
    ],
  },
  {
    name: 'delete-without-the-condition-of-the-head',
    hint: '1/7',
    patches: [
      patch(
        'versions/file-system/store-transactions.js',
        'return await this.#heads.operations(promptId, read, change);',
        `const made = await this.#heads.operations(promptId, read, change);
         return doomed.length === 0 ? made : made.map(({ ifBytes, ...one }) => one.kind === 'create' ? { ...one, kind: 'replace' } : one);`,
      ),
    ],
  },
  {
    name: 'delete-without-its-entry-in-the-history',
    hint: '1/36',
    patches: [
      patch(
        'versions/file-system/store-transactions.js',
        '[...moves, ...this.#records.entriesOf(promptId, doomed, at)]',
        'moves',
      ),
    ],
  },
  {
    name: 'restore-without-its-entry-in-the-history',
    hint: '1/95',
    patches: [
      patch(
        'versions/file-system/store-writer.js',
        '...(await this.#recordRestored(promptId, version, bytes)),',
        '',
      ),
    ],
  },
  {
    name: 'label-without-the-condition-of-its-version',
    hint: '1/20',
    patches: [patch('versions/file-system/store-transactions.js', '...requirements,', '')],
  },
]
