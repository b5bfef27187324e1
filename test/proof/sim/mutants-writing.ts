import { patch, type Mutant } from './mutant.js'

/** Bugs of commits and of their queue. */
export const COMMIT_MUTANTS: readonly Mutant[] = [
  {
    name: 'acknowledge-before-flush',
    hint: 'keeps the first commits of a new store, whose journal directory is new as well',
    patches: [
      patch(
        'disk/portable/commit.js',
        '    if (flush)\n        await disk.flush();',
        '    if (flush)\n        void disk.flush().catch(() => undefined);',
      ),
    ],
  },
  {
    name: 'waiter-joins-after-flush',
    hint: '1/6',
    patches: [
      patch(
        'engine/commit/group-commit.js',
        'for (const pending of committed)\n            pending.resolve(true);',
        'for (const pending of [...committed, ...this.#waiting.splice(0)])\n            pending.resolve(true);',
      ),
    ],
  },
  {
    name: 'publish-before-flush',
    hint: 'keeps the first commits of a new store, whose journal directory is new as well',
    patches: [
      patch(
        'disk/portable/commit.js',
        '    if (flush)\n        await disk.flush();\n    advance',
        '    if (flush && frame.kind !== FrameKind.commit)\n        await disk.flush();\n    advance',
      ),
      patch(
        'disk/portable/commit.js',
        '    await publishBatch(disk, state, how, written);',
        '    await publishBatch(disk, state, how, written);\n    if (request.flush)\n        await disk.flush();',
      ),
    ],
  },
  {
    name: 'announce-before-publish',
    hint: 'finishes what another process has published by half when it died',
    patches: [
      patch(
        'disk/portable/commit.js',
        '    await publishBatch(disk, state, how, written);',
        '    announce(state);\n    await publishBatch(disk, state, how, written);',
      ),
    ],
  },
  {
    name: 'check-not-decided',
    hint: '1/1',
    patches: [
      patch('disk/portable/commit-publish.js', "throw unmet('EEXIST', 'check', path);", ';'),
    ],
  },
  {
    name: 'check-journaled',
    hint: '1/1',
    patches: [
      patch(
        'disk/portable/commit.js',
        'if (!operations.some(isCheck))',
        'if (operations.length > 0)',
      ),
    ],
  },
  {
    name: 'failed-flush-tried-again',
    hint: 'writes to another segment what could not be flushed',
    patches: [
      patch(
        'disk/portable/committer.js',
        "await attempt('fdatasync', path, async () => await handle.datasync(), 'frame_flush');",
        "await attempt('fdatasync', path, async () => await handle.datasync().catch(async () => await handle.datasync()), 'frame_flush');",
      ),
    ],
  },
  {
    // Survives: what is asked for next goes over the frame from its first byte, and nothing else waits in that file.
    name: 'failed-append-not-final',
    hint: 'writes to another segment what could not be flushed',
    patches: [
      patch(
        'disk/portable/commit.js',
        '        page.state = PageState.poisoned;\n        throw error;',
        '        page.state = PageState.idle;\n        throw error;',
      ),
    ],
  },
  {
    name: 'short-write-ignored',
    hint: 'goes on where the system writes less than it was asked to',
    patches: [patch('disk/portable/write.js', 'done += bytesWritten;', 'done = bytes.length;')],
  },
  {
    name: 'dead-writer-ignored',
    hint: 'finishes what another process has published by half when it died',
    patches: [
      patch(
        'disk/portable/commit.js',
        '    if (page.state === PageState.committing)\n        return',
        '    if (page.state === 17)\n        return',
      ),
    ],
  },
  {
    name: 'withdrawal-not-journaled',
    hint: 'never brings back a part of a transaction that could not be published',
    patches: [
      patch(
        'disk/portable/commit.js',
        '    if (withdrawn.length === 0)\n        return;',
        '    if (withdrawn.length >= 0)\n        return;',
      ),
    ],
  },
  {
    name: 'undo-not-flushed',
    hint: 'never brings back a part of a transaction that could not be published',
    patches: [
      patch(
        'disk/portable/commit-publish.js',
        'await disk.flushParent(path);',
        'await Promise.resolve();',
      ),
    ],
  },
  {
    name: 'half-published-undone-by-half',
    hint: 'never brings back a part of a transaction that could not be published',
    patches: [
      patch(
        'disk/portable/commit-publish.js',
        '            await undo(disk, applied, error);',
        '            await undo(disk, applied.slice(1), error);',
      ),
    ],
  },
  {
    name: 'rename-instead-of-link',
    hint: 'writes over no file that another program has made meanwhile',
    patches: [
      patch(
        'disk/portable/write.js',
        '        await link(from, to);',
        '        await rename(from, to);',
      ),
    ],
  },
  {
    name: 'existing-file-replaced',
    hint: 'creates no file that is there already',
    patches: [
      patch(
        'disk/portable/commit-publish.js',
        'kind === OperationKind.create && found !== undefined',
        'kind === OperationKind.create && found === null',
      ),
      patch(
        'disk/portable/write.js',
        '        await link(from, to);',
        '        await rename(from, to);',
      ),
    ],
  },
  {
    name: 'same-path-in-flight-twice',
    hint: 'serves calls on one path in their order, though a flush fails between them',
    patches: [
      patch(
        'engine/commit/batch.js',
        '!busyPaths.has(path) && !taken.has(path)',
        '!taken.has(path) || busyPaths.size < 0',
      ),
    ],
  },
  {
    name: 'large-content-not-flushed',
    hint: 'keeps the first commits of a new store, whose journal directory is new as well',
    patches: [
      patch(
        'engine/commit/staging.js',
        '{ replace: false, flush: true }',
        '{ replace: false, flush: false }',
      ),
    ],
  },
  {
    name: 'large-content-name-not-flushed',
    hint: '1/7',
    patches: [
      patch(
        'disk/portable/commit-publish.js',
        '            if (operation.external)\n                await flushAbove(disk, operation.path);\n',
        '',
      ),
    ],
  },
  {
    name: 'large-content-dropped-on-failure',
    hint: 'keeps what was staged for a transaction that may have been committed',
    patches: [
      patch(
        'engine/commit/transactions.js',
        'if (!sent || isConflict(failure))',
        'if (sent || !sent)',
      ),
    ],
  },
]

/** Bugs of segments and frames. */
export const JOURNAL_MUTANTS: readonly Mutant[] = [
  {
    name: 'segment-name-not-flushed',
    hint: 'keeps the first commits of a new store, whose journal directory is new as well',
    patches: [
      patch(
        'disk/portable/journal-files.js',
        '    await flushDirectories(root, [parentOf(path), parentOf(sparePath)]);\n',
        '',
      ),
    ],
  },
  {
    name: 'segment-header-not-flushed',
    hint: 'keeps the first commits of a new store, whose journal directory is new as well',
    patches: [
      patch(
        'disk/portable/journal-files.js',
        '        await attemptFlush(handle, sparePath);\n',
        '',
      ),
    ],
  },
  {
    name: 'journal-directory-not-flushed',
    hint: 'flushes the journal directory that another process has made and not flushed',
    patches: [
      patch(
        'engine/recovery/recovery.js',
        '    if (scan.end === undefined)\n        await',
        '    if (scan.end === null)\n        await',
      ),
    ],
  },
  {
    name: 'segment-with-two-names-reused',
    hint: 'does not write over the last segment where a crash has left it under the name of a spare as well',
    patches: [patch('engine/journal/segments.js', 'stat.links > 1', 'stat.links > 9')],
  },
  {
    name: 'torn-tail-taken-for-damage',
    hint: 'keeps the first commits of a new store, whose journal directory is new as well',
    patches: [
      patch(
        'engine/journal/scan.js',
        'if (isLast && durable < lost)',
        'if (isLast && durable + 1 < lost)',
      ),
    ],
  },
  {
    name: 'no-epoch-and-no-chain',
    patches: [
      patch(
        'engine/journal/segments.js',
        'const salt = randomBytes(8).readBigUInt64LE();',
        'const salt = 7n;',
      ),
      patch(
        'format/frame.js',
        '    if (header.previous !== position.chain)\n        return undefined;',
        '',
      ),
      patch('format/frame.js', 'header.lsn !== position.lsn + 1', 'header.lsn < 0'),
    ],
  },
  {
    name: 'frame-checksum-unchecked',
    hint: '1/4',
    patches: [
      patch(
        'format/frame.js',
        '    if (checksum(covered, header.previous) !== header.checksum)\n        return undefined;',
        '',
      ),
    ],
  },
  {
    name: 'withdrawal-not-read',
    hint: 'never brings back a part of a transaction that could not be published',
    patches: [
      patch(
        'engine/journal/scan.js',
        '            abort(this.#entries, frame, path);',
        '            void abort;',
      ),
    ],
  },
  {
    name: 'half-published-commit-sent-again',
    hint: 'says what became of a transaction for whose withdrawal no descriptor was left',
    patches: [
      patch(
        'disk/descriptors.js',
        '                if (BEGUN.has(error.phase))\n                    throw error;\n',
        '',
      ),
    ],
  },
]
