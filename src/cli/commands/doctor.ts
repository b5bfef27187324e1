import type { Command } from 'commander'
import { takeOverByHand } from '../../disk/take-over.js'
import { storageError } from '../../engine/failure.js'
import { confirm } from '../confirm.js'
import { showFacts } from '../facts.js'
import { holdsFiles, storageDirectory, type Store } from '../open-store.js'
import type { Session } from '../session.js'
import { snakeCased } from '../snake-case.js'
import { showFilesHealth } from './files/health.js'

const EXAMPLES = `
Examples:
  $ holdfast doctor --dir prompts
  $ holdfast doctor --take-over --dir prompts     after its container has ended`

interface DoctorOptions {
  readonly takeOver?: boolean
  readonly yes?: boolean
}

export function addDoctorCommand(program: Command, session: Session): void {
  program
    .command('doctor')
    .description(
      'print what the store, the file system and the addon can do here; of a store of files, its health',
    )
    .option(
      '--take-over',
      'take the store from a process that has ended, where this one cannot tell; asks on a terminal, needs --yes elsewhere',
    )
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action(async (options: DoctorOptions) => {
      if (options.takeOver === true) return await takeOver(session, options.yes === true)
      try {
        await session.withStore(async (store) => await showDiagnosis(session, store))
      } catch (error) {
        if (!holdsFiles(error)) throw error
        await showFilesHealth(session)
      }
    })
}

async function showDiagnosis({ output }: Session, store: Store): Promise<void> {
  const diagnosis = await store.doctor()
  if (output.json) return await output.document(snakeCased(diagnosis))
  const { problems, ...facts } = diagnosis
  await showFacts(output, facts)
  for (const problem of problems) await output.warn(problem)
}

/** Of a store of any kind: it is not opened. */
async function takeOver(session: Session, isConfirmed: boolean): Promise<void> {
  const directory = storageDirectory(session.environment, session.options)
  const question = `Has every process ended that had ${directory} open? What one that still runs saves will be lost.`
  if (!isConfirmed && !(await confirm(session.environment, question))) {
    return await session.output.talk('Nothing was taken over')
  }
  const taken = await takeOverNow(directory)
  if (session.output.json) return await session.output.document({ taken_over: taken })
  for (const { path, pid } of taken)
    await session.output.talk(`Taken over from process ${pid || '(unknown)'} (${path})`)
  if (taken.length === 0) await session.output.talk('There is nothing to take over')
}

async function takeOverNow(directory: string): ReturnType<typeof takeOverByHand> {
  try {
    return await takeOverByHand(directory)
  } catch (error) {
    throw storageError(error, {
      fallback: 'FS-IO-001',
      what: `Cannot take over '${directory}'`,
      context: { directory },
    })
  }
}
