import { execFileSync } from 'node:child_process'

/** Of GNU's tar; that of BSD, which macOS has, calls it gnutar. */
const isBsd = (): boolean => execFileSync('tar', ['--version']).toString().startsWith('bsdtar')

/**
 * What tar packs of all that is in a directory. Archives go by pipes: GNU's tar takes what comes before the colon of a
 * path, as Windows has them, for another machine.
 */
export function packed(directory: string, format: 'posix' | 'gnu' | 'ustar' = 'posix'): Buffer {
  const named = format === 'gnu' && isBsd() ? 'gnutar' : format
  const options = { cwd: directory, maxBuffer: Number.POSITIVE_INFINITY }
  return execFileSync('tar', [`--format=${named}`, '-cf', '-', '.'], options)
}

/** Has tar unpack an archive into a directory. */
export function unpack(archive: Uint8Array, directory: string): void {
  execFileSync('tar', ['-xf', '-'], { cwd: directory, input: archive })
}
