import { patch, type Mutant } from './mutant.js'

/** Bugs of checkpoints. */
export const CHECKPOINT_MUTANTS: readonly Mutant[] = [
  {
    name: 'trim-before-flush',
    patches: [
      patch('engine/recovery/checkpointer.js', '            await this.#makeDurable(lsn);\n', ''),
    ],
  },
  {
    name: 'checkpoint-flushes-no-directories',
    patches: [
      patch(
        'engine/recovery/checkpointer.js',
        'for (const level of deepestFirst(directories))',
        'for (const level of deepestFirst([]))',
      ),
    ],
  },
  {
    name: 'checkpoint-flushes-directories-from-above',
    hint: 'keeps a removal though its directory goes while a checkpoint is at it',
    patches: [
      patch('engine/recovery/checkpointer.js', 'return levels.reverse();', 'return levels;'),
    ],
  },
  {
    name: 'checkpoint-forgets-directories-above',
    hint: 'keeps a file whose directories are new, though a checkpoint has let go of its frame',
    patches: [
      patch(
        'engine/recovery/checkpointer.js',
        'for (const level of deepestFirst(directories))',
        'for (const level of deepestFirst(directories).slice(0, 1))',
      ),
    ],
  },
  {
    name: 'checkpoint-flushes-again',
    hint: 'rewrites what a checkpoint could not flush',
    patches: [
      patch(
        'engine/recovery/checkpointer.js',
        '        await this.#journal.rewriteFiles();',
        '        await this.#flush(lsn);',
      ),
    ],
  },
  {
    name: 'segments-reused-without-note',
    patches: [
      patch('engine/recovery/checkpointer.js', '        await journal.noteCheckpoint(lsn);\n', ''),
    ],
  },
  {
    name: 'segments-reused-too-early',
    hint: '1/3',
    patches: [patch('engine/journal/segments.js', 'next.firstLsn > lsn + 1', 'next.firstLsn < 0')],
  },
]

/** Bugs of recovery and takeover. */
export const RECOVERY_MUTANTS: readonly Mutant[] = [
  {
    name: 'recovery-compares-through-cache',
    hint: 'recovers from the journal what a checkpoint could not flush',
    patches: [
      patch(
        'disk/portable/redo.js',
        '            await rewrite(root, path, content, flush);',
        `            const { readFileWhole } = await import('./read.js');
            const found = await readFileWhole(root, path, Infinity);
            if (found === undefined || Buffer.compare(found, content) !== 0)
                await rewrite(root, path, content, flush);`,
      ),
    ],
  },
  {
    name: 'recovery-flushes-nothing',
    patches: [
      patch(
        'engine/recovery/redo.js',
        'await committer.redo(encodeRecord(batch), { flush });',
        'await committer.redo(encodeRecord(batch), { flush: flush && false });',
      ),
    ],
  },
  {
    name: 'recovery-does-not-flush-journal',
    hint: 'flushes a frame that its process could not flush before it shows anything of it',
    patches: [
      patch('engine/recovery/recovery.js', 'if (!isEndFlushed && !scan.clean)', 'if (false)'),
    ],
  },
  {
    name: 'recovery-calls-flushed-what-is-not',
    hint: 'flushes a frame that its process could not flush, though another has died over it',
    patches: [
      patch(
        'engine/recovery/recovery.js',
        '    if (isClean)\n        page.state',
        '    page.state',
      ),
    ],
  },
  {
    name: 'unflushed-note-trusted',
    hint: 'does not build on the note of a checkpoint whose flush has failed',
    patches: [patch('engine/recovery/recovery.js', 'scan.clean && isEndFlushed', 'scan.clean')],
  },
  {
    name: 'recovery-forgets-removals',
    patches: [
      patch(
        'disk/portable/redo.js',
        '            await removeFile(root, path);\n            await pruneParents(root, path);',
        '            await Promise.resolve([removeFile, pruneParents]);',
      ),
    ],
  },
  {
    name: 'recovery-first-write-wins',
    patches: [
      patch(
        'engine/recovery/redo.js',
        '            last.set(operation.path, operation);',
        '            last.set(operation.path, last.get(operation.path) ?? operation);',
      ),
      patch('engine/recovery/redo.js', '            last.delete(operation.path);\n', ''),
    ],
  },
  {
    name: 'recovered-directories-above-not-flushed',
    hint: 'keeps a large content whose directories recovery has made',
    patches: [
      patch(
        'engine/recovery/redo-external.js',
        'directoriesAbove(path));\n        }\n        const keptAs',
        'directoriesAbove(path).slice(-1));\n        }\n        const keptAs',
      ),
    ],
  },
  {
    name: 'takeover-without-redo',
    hint: 'finishes what another process has published by half when it died',
    patches: [
      patch(
        'engine/recovery/takeover.js',
        'await redo(volume, committer, folded, { lost })',
        'await Promise.resolve(redo.length)',
      ),
    ],
  },
  {
    name: 'takeover-without-flush',
    hint: 'finishes what another process has left when it died',
    patches: [patch('engine/recovery/takeover.js', '        await committer.flush();\n', '')],
  },
  {
    name: 'takeover-voids-what-is-published-by-half',
    hint: 'finishes what another process has published by half, though the journal can no longer be flushed',
    patches: [
      patch(
        'engine/journal/segments.js',
        'const { lsn } = end;',
        "const lsn = page.getU64('published');\n        page.setU64('committed', lsn);",
      ),
    ],
  },
  {
    name: 'next-segment-named-without-the-one-before',
    hint: 'keeps its journal whole when a process died before the name of a new segment was flushed',
    patches: [
      patch(
        'engine/recovery/takeover.js',
        '    await volume.flushMany([], [JOURNAL_DIRECTORY]);\n',
        '',
      ),
    ],
  },
  {
    name: 'frame-redone-before-its-withdrawal-is-void',
    hint: 'says what became of a transaction whose withdrawal could not be flushed',
    patches: [
      patch(
        'engine/recovery/takeover.js',
        '(await flushSegment(volume, committer))',
        '(await flushSegment(volume, committer), true)',
      ),
      patch(
        'engine/recovery/takeover.js',
        'if (page.state !== PageState.poisoned)\n        return [];\n',
        "if (page.state !== PageState.poisoned)\n        return [];\n    if (page.getU64('committed') !== page.getU64('published'))\n        return await finishCommit(volume, committer, segments);\n",
      ),
    ],
  },
  {
    name: 'takeover-begun-is-forgotten',
    hint: 'finishes what a takeover has published by half when it died, though the journal can no longer be flushed',
    patches: [patch('engine/recovery/takeover.js', "    page.setU64('committed', lsn);\n", '')],
  },
  {
    name: 'lock-file-unlinked',
    hint: 'excludes writers by one lock for all, whichever processes come and go',
    patches: [
      patch(
        'engine/journal/journal.js',
        '        await this.#committer.close();',
        "        await this.#committer.close();\n        await this.#volume.remove('.lock');",
      ),
    ],
  },
  {
    name: 'foreign-temporary-file-removed',
    hint: 'leaves alone what others have put beside its own staged files',
    patches: [
      patch(
        'engine/recovery/recovery.js',
        'isTemporaryPath(`${TEMPORARY_DIRECTORY}/${entry.name}`)',
        'isTemporaryPath.length > 0',
      ),
    ],
  },
  {
    name: 'torn-tail-continued',
    patches: [
      patch(
        'engine/recovery/recovery.js',
        'await segments.roll({ fresh: scan.end === undefined, useReserve: true });',
        'if (scan.end === undefined) await segments.roll({ fresh: true });',
      ),
    ],
  },
]

/** Bugs of the index of versions. */
export const INDEX_MUTANTS: readonly Mutant[] = [
  {
    // Alone, the first of the two is made good by the second: changed directories are read again.
    name: 'index-used-without-its-lsn',
    hint: '1/7',
    patches: [
      patch(
        'versions/file-system/index-keeper.js',
        'this.#directory.changesSince(decoded.lsn);',
        '[];',
      ),
      patch('versions/file-system/tree-reader.js', 'this.stamps.get(promptId) !== stamp', 'false'),
    ],
  },
  {
    name: 'object-for-a-map-of-ids',
    hint: '1/20',
    patches: [
      patch(
        'versions/version-index.js',
        '    #entries = new Map();',
        `    #entries = ((o) => ({
        get: (id) => o[id],
        set: (id, entry) => void (o[id] = entry),
        delete: (id) => delete o[id],
        clear: () => void (o = {}),
        keys: () => Object.keys(o).values(),
        get size() { return Object.keys(o).length; },
    }))({});`,
      ),
    ],
  },
  {
    name: 'entries-read-before-a-failure-lost',
    hint: 'flushes what others have committed, though reads of the journal have failed before',
    patches: [
      patch(
        'engine/journal/follower.js',
        `directory);
        const cursor = { ...this.#known };`,
        `directory);
        const cursor = this.#known;`,
      ),
    ],
  },
]
