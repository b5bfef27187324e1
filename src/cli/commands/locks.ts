import type { Command } from 'commander'
import { listKernelLocks, listStoreHolders } from '../../disk/store-holders.js'
import { storageError } from '../../engine/failure.js'
import { listLeases, type HeldLock } from '../../locks/list-leases.js'
import { storageDirectory } from '../open-store.js'
import type { Session } from '../session.js'

const EXAMPLES = `
Takes no lock and writes nothing, so it works while a process holds the store.
In a directory of FileLocks, it lists the locks that are held by name. Kernel
locks are listed on Linux; the pid -1 is that of an open file, whose process the
system does not tell.

Examples:
  $ holdfast locks --dir prompts
  $ holdfast locks --dir /var/lib/app/locks --json`

export function addLocksCommand(program: Command, session: Session): void {
  program
    .command('locks')
    .description('list the processes that have a store open, and the locks that they hold')
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      const { environment, options, output } = session
      const directory = await storageDirectory(environment, options, 'locks')
      const found = await locksOf(directory)
      if (output.json) return await output.document({ directory, ...found })
      await output.table(
        [
          { title: 'Holder' },
          { title: 'What', whole: true },
          { title: 'How' },
          { title: 'Since', whole: true },
        ],
        rowsOf(found),
      )
    })
}

interface FoundLocks {
  readonly processes: Awaited<ReturnType<typeof listStoreHolders>>
  /** null where the system does not list them. */
  readonly kernel_locks: NonNullable<Awaited<ReturnType<typeof listKernelLocks>>> | null
  /** Of a directory of FileLocks; none in any other. */
  readonly leases: readonly HeldLock[]
}

async function locksOf(directory: string): Promise<FoundLocks> {
  // First, since that refuses what is not a store. It is opened for reading only, and so is not a holder itself.
  const leases = await listLeases(directory)
  const [processes, kernelLocks] = await holdersOf(directory)
  return { processes, kernel_locks: kernelLocks ?? null, leases }
}

async function holdersOf(
  directory: string,
): Promise<[FoundLocks['processes'], Awaited<ReturnType<typeof listKernelLocks>>]> {
  try {
    return [await listStoreHolders(directory), await listKernelLocks(directory)]
  } catch (error) {
    throw storageError(error, {
      fallback: 'FS-IO-001',
      what: `Cannot list the locks of '${directory}'`,
      context: { directory },
    })
  }
}

function rowsOf({ processes, kernel_locks, leases }: FoundLocks): readonly (readonly string[])[] {
  return [
    ...processes.map(({ pid, disk, life, since }) => [
      `process ${pid}${life === 'unknown' ? ' (may have ended)' : ''}`,
      'the store',
      disk === 'native' ? 'native disk, beside others' : 'portable disk, alone',
      since ?? 'unknown',
    ]),
    ...(kernel_locks ?? []).map(({ path, pid, mode }) => [
      pid < 0 ? 'an open file' : `process ${pid}`,
      path,
      `kernel lock, ${mode}`,
      'unknown',
    ]),
    ...leases.map(({ name, pid, expires_at, since }) => [
      `process ${pid}`,
      name,
      `lock until ${expires_at}`,
      since,
    ]),
  ]
}
