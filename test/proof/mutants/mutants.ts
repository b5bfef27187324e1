import { MIGRATION_MUTANTS } from './migration-mutants.js'

/** A bug in one source file, planted while it is loaded, that the unit test of that file has to find. */
export interface Mutant {
  readonly name: string
  /** Below `src/`, without the suffix; its test has the same path below `test/unit/`. */
  readonly file: string
  /** A text that the source has once. */
  readonly from: string
  readonly to: string
}

export const MUTANTS: readonly Mutant[] = [
  ...MIGRATION_MUTANTS,
  {
    name: 'refuses the largest extent that it allows',
    file: 'engine/coded-files',
    from: 'if (value < 0 || value > max)',
    to: 'if (value < 0 || value >= max)',
  },
  {
    name: 'calls a disk full that counts no inodes',
    file: 'engine/disk-space',
    from: 'space.totalInodes === 0 || space.freeInodes > 0',
    to: 'space.freeInodes > 0',
  },
  {
    name: 'lets a transaction overtake one that rests on the same path',
    file: 'engine/commit/batch',
    from: 'taken.add(path)\n      continue',
    to: 'taken\n      continue',
  },
  {
    name: 'misses a large content that has its own name already',
    file: 'engine/commit/committed-files',
    from: '(await volume.read(stagedPath, maxBytes)) ?? (await volume.read(operation.path, maxBytes))',
    to: 'await volume.read(stagedPath, maxBytes)',
  },
  {
    name: 'sends a batch to one segment after the other, however many flushes fail',
    file: 'engine/commit/group-commit',
    from: 'pending.retried = true',
    to: 'pending.retried = false',
  },
  {
    name: 'makes a condition of an empty file',
    file: 'engine/commit/transaction',
    from: 'bytes.length === 0 || bytes.length > bytesMax',
    to: 'bytes.length > bytesMax',
  },
  {
    name: 'spends the reserve on a transaction that takes room',
    file: 'engine/commit/transactions',
    from: 'if (!wasRefused || !removesFiles(changes)) throw error',
    to: 'if (!wasRefused) throw error',
  },
  {
    name: 'cuts off a frame that is longer than a chunk',
    file: 'engine/journal/cursor',
    from: 'if (whole <= CHUNK_BYTES) return chunk',
    to: 'if (whole > 0) return chunk',
  },
  {
    name: 'treats the original as a copy',
    file: 'engine/journal/damage',
    from: 'born <= oldest.timeMs',
    to: 'born >= oldest.timeMs',
  },
  {
    name: 'flushes removed files',
    file: 'engine/journal/dirty-log',
    from: 'files.delete(change.path)',
    to: 'files.add(change.path)',
  },
  {
    name: 'keeps the changes before those that were missed',
    file: 'engine/journal/feed',
    from: 'this.#dirty.reset(lsn)',
    to: 'lsn',
  },
  {
    name: 'forgets that later files are doubtful',
    file: 'engine/journal/journal',
    from: "Math.max(lsn, page.getU64('suspect'))",
    to: 'lsn',
  },
  {
    name: 'finds the first segment behind another',
    file: 'engine/journal/lost-page',
    from: 'b - a',
    to: 'a - b',
  },
  {
    name: 'serves from the journal what a checkpoint covers',
    file: 'engine/journal/overlay',
    from: 'if (served.lsn <= lsn)',
    to: 'if (served.lsn < lsn)',
  },
  {
    name: 'believes a page of another boot',
    file: 'engine/journal/page-reader',
    from: 'return page.boot === this.#boot ? page : undefined',
    to: 'return page',
  },
  {
    name: 'treats every damage in the last segment as a torn tail',
    file: 'engine/journal/scan',
    from: 'if (isLast && durable < lost) return',
    to: 'if (isLast) return',
  },
  {
    name: 'uses a segment again of which a flush has failed',
    file: 'engine/journal/segments',
    from: "sequence > page.getU64('spoiled')",
    to: "sequence >= page.getU64('spoiled')",
  },
  {
    name: 'refuses a place that is shared with a group',
    file: 'engine/opening/check-place',
    from: 'if ((directoryMode & GROUP_WRITABLE) !== 0) return undefined',
    to: '',
  },
  {
    name: 'refuses its own files when the mark is lost',
    file: 'engine/opening/directory-mark',
    from: 'if (!isStore) await refuseForeignFiles',
    to: 'await refuseForeignFiles',
  },
  {
    name: 'joins by a page that is a copy',
    file: 'engine/opening/open-directory',
    from: 'return page.file === 0n || pageInode === 0n || page.file === pageInode',
    to: 'return page.magic === PAGE_MAGIC',
  },
  {
    name: 'flushes a directory before those below it',
    file: 'engine/recovery/checkpointer',
    from: 'return levels.reverse()',
    to: 'return levels',
  },
  {
    name: 'lists a lost file twice',
    file: 'engine/recovery/lost-list-file',
    from: 'files.filter(({ path }) => !listed.has(path))',
    to: 'files.filter(({ path }) => listed.has(path) || path)',
  },
  {
    name: 'uses the segment of a process that was killed again',
    file: 'engine/recovery/recovery',
    from: "isClean ? 0 : page.getU64('segment')",
    to: '0',
  },
  {
    name: 'serves a content of the right length that is not what was written',
    file: 'engine/recovery/redo-external',
    from: "Buffer.compare(hash.digest(), external.digest) === 0 ? 'whole' : 'other'",
    to: "'whole'",
  },
  {
    name: 'redoes what was published',
    file: 'engine/recovery/takeover',
    from: 'entry.lsn > published',
    to: 'entry.lsn >= published',
  },
  {
    name: 'forgets the files that were omitted before',
    file: 'format/lost-list',
    from: 'omitted: omitted + left',
    to: 'omitted: left',
  },
  {
    name: 'saves a version without the condition that its other places are empty',
    file: 'versions/file-system/version-changes',
    from: "...elsewhere.map((other) => ({ kind: 'check', path: other, absent: true }) as const),",
    to: '',
  },
  {
    name: 'moves a version in two commits',
    file: 'versions/file-system/moves',
    from: 'await mark.commit(operations, failed)',
    to: 'for (const one of operations) await mark.commit([one], failed)',
  },
  {
    name: 'reports a version that is moved as removed',
    file: 'versions/file-system/placed-changes',
    from: "placed[placed.length - 1] = { ...before, kind: 'move' }",
    to: 'placed.push(one)',
  },
  {
    name: 'ends a resharding with prompts in the former layout',
    file: 'versions/file-system/reshard',
    from: 'while (await moveAll(store, mark, mover, left));',
    to: '',
  },
  {
    name: 'moves a head without a history that was begun meanwhile',
    file: 'versions/file-system/prompt-mover',
    from: 'const { head: names } = await this.#list(from)',
    to: 'const names = [HEAD_FILE]',
  },
]
