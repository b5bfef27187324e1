// Everything that can be put on a disk that loses power, by name.
import { directory } from './directory.mjs'
import { peer } from './peer.mjs'
import { versions } from './versions.mjs'

/** The library, in both of its forms, on both of its disks. */
export const OURS = [
  'versions-native',
  'directory-native',
  'versions-portable',
  'directory-portable',
]
export const PEERS = [
  'writeFile',
  'write-file-atomic',
  'better-sqlite3',
  'lmdb',
  'lmdb-default',
  'classic-level',
]

const SUBJECTS = {
  'versions-native': versions('native'),
  'versions-portable': versions('portable'),
  'directory-native': directory('native'),
  'directory-portable': directory('portable'),
  ...Object.fromEntries(
    [...PEERS, 'saves-native', 'saves-portable'].map((name) => [name, peer(name)]),
  ),
}

/** {open, reader}: how it is worked with, and who reads what it keeps without it; a database reads itself. */
export function subjectOf(name) {
  const subject = SUBJECTS[name]
  if (subject !== undefined) return subject
  throw new RangeError(
    `--subject must name some of ${Object.keys(SUBJECTS).join(', ')}, got '${name}'`,
  )
}
