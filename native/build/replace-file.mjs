// A binary may be in use while it is replaced. Written over in place, its new bytes would turn up in the middle of the
// programs that have it mapped, which die of them (SIGBUS where the file is short for a moment, SIGSEGV or worse after).
import { chmodSync, copyFileSync, renameSync, rmSync } from 'node:fs'

/**
 * Puts a copy of `from` in the place of `to`, as another file under the same name: who has the old one mapped keeps it.
 *
 * @param {string} from
 * @param {string} to
 * @param {(copy: string) => void} [finish] what is still to be done to the copy before it counts
 */
export function replaceFile(from, to, finish = () => undefined) {
  const fresh = `${to}.new`
  // What an earlier one has left may be linked elsewhere.
  rmSync(fresh, { force: true })
  copyFileSync(from, fresh)
  finish(fresh)
  chmodSync(fresh, 0o755)
  renameSync(fresh, to)
}
