import { chmod, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32c } from '../../../../src/format/crc32c.js'
import { BLOCK_BYTES, decodeFrameHeader } from '../../../../src/format/frame.js'

/** A kind of damage, what is said of it and what becomes of it. */
export interface Damage {
  readonly what: string
  /** From a store that was closed, or from one whose process was killed. */
  readonly after: 'close' | 'kill'
  readonly plant: (storageDir: string) => Promise<void>
  /** Kind and path of each finding, or code and path of the error that keeps the store from opening. */
  readonly verify: readonly string[]
  /** What `--repair` finds, `!` in front of what it has repaired. */
  readonly repair: readonly string[]
  /** What is found when that is done. */
  readonly then: readonly string[]
  /** Exit status of `verify`, and of `verify --repair`. */
  readonly exit: readonly [number, number]
  /** Versions of `p` that are left, of 1.0.0 and 1.1.0. */
  readonly left: readonly string[]
  /** Files in quarantine, by the begin of their path. */
  readonly quarantine: readonly string[]
}

const BOTH = ['1.0.0', '1.1.0']
const FILE = 'p/1.1.0.json'
const SEGMENT = '.journal/000000000001.log'

export const DAMAGES: readonly Damage[] = [
  {
    what: 'flipped bit in a version file',
    ...repaired('checksum-mismatch', FILE),
    plant: async (dir) => await flip(join(dir, FILE), 300),
  },
  {
    what: 'truncated version file',
    ...repaired('damaged-json', FILE),
    plant: async (dir) => await truncate(join(dir, FILE), 100),
  },
  {
    what: 'missing version file',
    ...repaired('lost-file', FILE),
    plant: async (dir) => await rm(join(dir, FILE)),
    exit: [9, 0],
    quarantine: [],
  },
  {
    what: 'version file under the name of another, its own place free',
    ...repaired('misplaced', 'p/7.0.0.json'),
    plant: async (dir) => await rename(join(dir, FILE), join(dir, 'p/7.0.0.json')),
    verify: [`lost-file ${FILE}`, 'misplaced p/7.0.0.json'],
    repair: [`!lost-file ${FILE}`, '!misplaced p/7.0.0.json'],
    left: BOTH,
    quarantine: [],
  },
  {
    what: 'copy of a version file under the name of another',
    ...repaired('misplaced', 'p/7.0.0.json'),
    plant: async (dir) =>
      await writeFile(join(dir, 'p/7.0.0.json'), await readFile(join(dir, FILE))),
    left: BOTH,
    quarantine: ['p/7.0.0.json'],
  },
  {
    what: 'flipped bit in a deleted version, in the trash',
    ...repaired('checksum-mismatch', '.trash/q/1.0.0.*.json'),
    plant: async (dir) => {
      const [name = ''] = await readdir(join(dir, '.trash/q'))
      await flip(join(dir, '.trash/q', name), 300)
    },
    left: BOTH,
    quarantine: ['.trash/q/1.0.0.'],
  },
  { what: 'foreign file', ...harmless('foreign-file notes.txt'), plant: foreign('notes.txt') },
  {
    what: 'foreign file beside versions',
    ...harmless('foreign-file p/notes.txt'),
    plant: foreign('p/notes.txt'),
  },
  {
    what: 'foreign file among the staged ones',
    ...harmless('foreign-file .tmp/mine'),
    plant: foreign('.tmp/mine'),
  },
  {
    what: 'foreign directory',
    ...harmless('foreign-directory .other'),
    plant: async (dir) => {
      await mkdir(join(dir, '.other'))
    },
  },
  {
    what: 'directory in the place of a version',
    ...harmless('not-a-file p/2.0.0.json'),
    exit: [5, 5],
    plant: async (dir) => {
      await mkdir(join(dir, 'p/2.0.0.json'))
    },
  },
  {
    what: 'file without checksum, by another program',
    ...harmless('missing-checksum p/1.1.0.json'),
    plant: async (dir) => {
      const text = await readFile(join(dir, FILE), 'utf8')
      await writeFile(join(dir, FILE), text.replace(/,\n {2}"checksum": .*\n/, '\n'))
    },
  },
  {
    what: 'leftover of a killed process in .tmp',
    ...harmless(),
    plant: async (dir) => await writeFile(join(dir, '.tmp/staged.tmp.0123456789abcdef'), 'half'),
  },
  {
    what: 'damaged index',
    ...harmless(),
    // Whatever it holds, it is only a faster way to what the directories say; opening rebuilds it.
    verify: ['stale-index .index.json'],
    repair: ['!stale-index .index.json'],
    exit: [5, 0],
    plant: async (dir) => await flip(join(dir, '.index.json'), 60),
  },
  {
    what: 'damaged metadata',
    ...closed('FS-FORMAT-001 .metadata.json'),
    plant: async (dir) => await truncate(join(dir, '.metadata.json'), 40),
  },
  {
    what: 'damaged mark',
    ...closed('FS-FORMAT-001 .holdfast.json'),
    plant: async (dir) => await truncate(join(dir, '.holdfast.json'), 10),
  },
  {
    what: 'damaged frame in the middle of the journal',
    ...journal(),
    // Where the journal ends now, the mark did not yet require what was used later: it is made again from the tree.
    quarantine: [SEGMENT, '.metadata.json'],
    plant: async (dir) => await flip(join(dir, SEGMENT), (await frames(dir, 1)) + 100),
  },
  {
    what: 'damaged header of a segment',
    ...journal(),
    plant: async (dir) => await flip(join(dir, SEGMENT), 20),
  },
  {
    what: 'torn frame at the end of the journal',
    ...harmless(),
    after: 'kill',
    plant: async (dir) => await flip(join(dir, SEGMENT), (await frames(dir, -1)) + 100),
  },
  {
    what: 'unreadable version file, as another user than root',
    ...harmless(),
    verify: [`unreadable ${FILE}`],
    repair: [`unreadable ${FILE}`],
    then: [`unreadable ${FILE}`],
    exit: [5, 5],
    plant: async (dir) => await chmod(join(dir, FILE), 0),
  },
]

type Outcome = Omit<Damage, 'what' | 'plant'>

/** Found, repaired, and then nothing is found any more. */
function repaired(kind: string, path: string): Outcome {
  return {
    after: 'close',
    verify: [`${kind} ${path}`],
    repair: [`!${kind} ${path}`],
    then: [],
    exit: [5, 0],
    left: ['1.0.0'],
    quarantine: [path],
  }
}

/** Told, if at all, and left alone. */
function harmless(...findings: readonly string[]): Outcome {
  return {
    after: 'close',
    verify: findings,
    repair: findings,
    then: findings,
    exit: [0, 0],
    left: BOTH,
    quarantine: [],
  }
}

/** The store does not open, and no repair is made up. */
function closed(error: string): Outcome {
  return { ...harmless(error), exit: [5, 5], left: [] }
}

function journal(): Outcome {
  return {
    after: 'kill',
    verify: [`FS-JOURNAL-001 ${SEGMENT}`],
    repair: [`!damaged-journal ${SEGMENT}`],
    then: [],
    exit: [5, 0],
    left: BOTH,
    quarantine: [SEGMENT],
  }
}

function foreign(path: string): (storageDir: string) => Promise<void> {
  return async (storageDir) => await writeFile(join(storageDir, path), 'mine')
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at] = (bytes[at] ?? 0) ^ 0x04
  await writeFile(path, bytes)
}

/** Where a frame begins in the first segment; counted from the end when negative. */
async function frames(storageDir: string, at: number): Promise<number> {
  const bytes = await readFile(join(storageDir, SEGMENT))
  const offsets: number[] = []
  for (let offset = BLOCK_BYTES; offset < bytes.length; offset += BLOCK_BYTES)
    if (decodeFrameHeader(bytes, offset, crc32c) !== undefined) offsets.push(offset)
  return offsets.at(at) ?? 0
}
