import { patch, type Mutant } from './mutant.js'

/** Bugs of versions that are moved from one place to another. */
export const PLACES_MUTANTS: readonly Mutant[] = [
  {
    name: 'save-without-the-condition-of-the-other-places',
    patches: [
      patch(
        'versions/file-system/version-changes.js',
        "...elsewhere.map((other) => ({ kind: 'check', path: other, absent: true })),",
        '',
      ),
    ],
  },
  {
    name: 'move-in-two-commits',
    patches: [
      patch(
        'versions/file-system/moves.js',
        'await mark.commit(operations, failed);',
        'for (const one of operations) await mark.commit([one], failed);',
      ),
    ],
  },
  {
    name: 'move-seen-as-a-removal',
    patches: [
      patch(
        'versions/file-system/placed-changes.js',
        "placed[placed.length - 1] = { ...before, kind: 'move' };",
        'placed.push(one);',
      ),
    ],
  },
  {
    name: 'resharding-ended-with-prompts-in-the-former-layout',
    patches: [
      patch(
        'versions/file-system/reshard.js',
        'while (await moveAll(store, mark, mover, left))\n            ;',
        '',
      ),
    ],
  },
]
