import { BACKUP_MUTANTS } from './mutants-backup.js'
import type { Mutant } from './mutant.js'
import { CHECKPOINT_MUTANTS, INDEX_MUTANTS, RECOVERY_MUTANTS } from './mutants-recovering.js'
import { HEADS_MUTANTS } from './mutants-heads.js'
import { FILES_MUTANTS, SOFT_MUTANTS } from './mutants-soft.js'
import { COMMIT_MUTANTS, JOURNAL_MUTANTS } from './mutants-writing.js'

/** The planted bugs, each of which the simulation has to find. */
export const MUTANTS: readonly Mutant[] = [
  ...COMMIT_MUTANTS,
  ...JOURNAL_MUTANTS,
  ...CHECKPOINT_MUTANTS,
  ...RECOVERY_MUTANTS,
  ...INDEX_MUTANTS,
  ...HEADS_MUTANTS,
  ...SOFT_MUTANTS,
  ...FILES_MUTANTS,
  ...BACKUP_MUTANTS,
]
