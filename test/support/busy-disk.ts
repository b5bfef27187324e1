import { chooseDisk } from '../../src/disk/choose-disk.js'
import { DiskError } from '../../src/disk/disk-error.js'
import type { CommitReply, Committer, CommitRequest, Disk, Volume } from '../../src/disk/disk.js'
import { intercepted } from './intercepted.js'

/** What a busy disk refuses: a look at a file or directory, or a transaction. */
export type BusyKind = 'read' | 'change'

const READS: ReadonlySet<string> = new Set<keyof Volume>([
  'read',
  'readMany',
  'readRange',
  'openFile',
  'stat',
  'list',
])

/** A disk that is busy when it is told to be. */
export interface BusyDisk {
  readonly disk: Disk
  /** The next calls of a kind fail with the code, then it is well again. */
  readonly failNext: (kind: BusyKind, times: number, code?: string) => void
}

export function busyDisk(choice: 'native' | 'portable'): BusyDisk {
  const left = { read: 0, change: 0 }
  let code = 'EBUSY'
  const real = chooseDisk(choice)
  const open: Disk['openVolume'] = async (directory, options) => {
    const volume = await real.openVolume(directory, options)
    return intercepted(volume, (name, call) => {
      if (name === 'readHot' && left.read > 0) return undefined
      if (READS.has(name) && left.read-- > 0)
        return Promise.reject(new DiskError(code, name, 'busy'))
      left.read = Math.max(0, left.read)
      if (name !== 'openCommitter') return call()
      return (call() as Promise<Committer>).then((committer) =>
        intercepted(committer, (member, commit, given) => {
          if (member !== 'commit' || left.change <= 0) return commit()
          left.change--
          return Promise.resolve(refusal(committer, given[0] as CommitRequest, code))
        }),
      )
    })
  }
  return {
    disk: { kind: real.kind, openVolume: open },
    failNext: (kind, times, as = 'EBUSY') => {
      left[kind] = times
      code = as
    },
  }
}

/** What a disk answers that could stage nothing of a batch. */
function refusal(committer: Committer, request: CommitRequest, code: string): CommitReply {
  const { position } = committer.page
  const failure = { code, phase: 'stage', syscall: 'write', path: 'busy' } as const
  const outcomes = Array.from({ length: request.transactionCount }, () => failure)
  return { status: 'committed', from: position, to: position, outcomes }
}
