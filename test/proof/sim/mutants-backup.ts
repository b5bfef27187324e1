import { patch, type Mutant } from './mutant.js'

/** Bugs of backups that are made while others write. */
export const BACKUP_MUTANTS: readonly Mutant[] = [
  {
    name: 'backup-without-what-is-only-in-the-journal',
    hint: 'backs up for a reader what a dead writer has only in the journal',
    patches: [
      patch(
        'engine/store.js',
        'const [volume, files, journal] = [this.volume, this.#files, this.#journal];',
        'const [volume, files, journal] = [this.volume, new CommittedFiles(this.#opened.volume), this.#journal];',
      ),
    ],
  },
  {
    name: 'backup-lists-only-what-is-published',
    hint: 'backs up for a reader what a dead writer has only in the journal',
    patches: [
      patch(
        'engine/store.js',
        'const [volume, files, journal] = [this.volume, this.#files, this.#journal];',
        'const [volume, files, journal] = [this.#opened.volume, this.#files, this.#journal];',
      ),
    ],
  },
  {
    name: 'backup-follows-after-it-has-listed',
    hint: '1/12',
    patches: [
      patch(
        'engine/backup/copying.js',
        'await this.#copyTree();\n        for (;;) {',
        'await this.#copyTree();\n        await this.#source.follow();\n        this.#source.takeChanged();\n        for (;;) {',
      ),
    ],
  },
  {
    name: 'backup-of-files-at-different-moments',
    hint: 'backs up one state while another process writes',
    patches: [
      patch(
        'engine/backup/store-source.js',
        'return await this.holdingWriters(take);',
        'return await take();',
      ),
    ],
  },
  {
    name: 'backup-keeps-what-was-removed',
    hint: '1/5',
    patches: [
      patch(
        'engine/backup/copying.js',
        "if ('absent' in each)\n                    return await this.#forget(each.path);",
        "if ('absent' in each)\n                    return;",
      ),
    ],
  },
  {
    name: 'backup-names-the-first-copy',
    hint: '1/5',
    patches: [
      patch(
        'engine/backup/tar-target.js',
        'return as === undefined ? written : { ...written, as };',
        'return written;',
      ),
    ],
  },
  {
    name: 'backup-goes-on-after-missed-changes',
    hint: 'backs up one state though the journal moves on while files are copied',
    patches: [
      patch(
        'engine/backup/store-source.js',
        'reset() {\n        this.#isReset = true;',
        'reset() {\n        this.#isReset = false;',
      ),
    ],
  },
  {
    name: 'reader-does-not-wait-for-publishing',
    hint: 'backs up nothing by half for a reader while a commit is being published',
    patches: [
      patch(
        'engine/journal/journal.js',
        'await this.#feed.settle();',
        'await this.#feed.refresh();',
      ),
    ],
  },
]
