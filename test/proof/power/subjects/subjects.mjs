// Everything that can be put on a disk that loses power, by name.
import { directory } from './directory.mjs'
import { files } from './files.mjs'
import { peer } from './peer.mjs'
import { registry } from './registry.mjs'
import { versions } from './versions.mjs'

const KINDS = { versions, directory, files }
const DISKS = ['native', 'portable']
/** What is flushed after it was acknowledged: loss of power takes some of it. The disk is one of both, by lot. */
const SOFT = ['interval', 'none']

const OWN_BY_NAME = Object.fromEntries([
  ...Object.entries(KINDS).flatMap(([name, kind]) => [
    ...DISKS.map((disk) => [`${name}-${disk}`, kind({ disk })]),
    ...SOFT.map((durability) => [`${name}-${durability}`, kind({ durability })]),
  ]),
  ...DISKS.map((disk) => [`registry-${disk}`, registry({ disk })]),
  ['derived-native', registry({ disk: 'native', many: true })],
  ['removals-native', directory({ disk: 'native', removing: true })],
])

/** The library: its stores, on both of its disks and at each durability. */
export const OWN = Object.keys(OWN_BY_NAME)
export const PEERS = [
  'writeFile',
  'write-file-atomic',
  'better-sqlite3',
  'lmdb',
  'lmdb-default',
  'classic-level',
]

const SUBJECTS = {
  ...OWN_BY_NAME,
  ...Object.fromEntries(
    [...PEERS, 'saves-native', 'saves-portable'].map((name) => [name, peer(name)]),
  ),
}

/**
 * {open, reader, durability, flushedAfterMs}: how it is worked with, and who reads what it keeps without it (a database
 * reads itself); after so long an interval flush must have been through.
 */
export function subjectOf(name) {
  const subject = SUBJECTS[name]
  if (subject !== undefined) return subject
  throw new RangeError(
    `--subject must name some of ${Object.keys(SUBJECTS).join(', ')}, got '${name}'`,
  )
}
