import type { Command } from 'commander'
import { holdsFiles } from '../open-store.js'
import type { Session } from '../session.js'

const TEXT = `
What was deleted or replaced before is left in no file of the journal afterwards. It can remain in the trash (purge it
first), in .quarantine, in backups and snapshots, and in blocks of the disk that nothing has overwritten yet.

Example:
  $ holdfast shred --dir prompts`

export function addShredCommand(program: Command, session: Session): void {
  program
    .command('shred')
    .description('remove deleted and replaced texts from the journal, of a store of any kind')
    .addHelpText('after', TEXT)
    .action(async () => {
      try {
        await session.withStore(async (store) => await store.shred())
      } catch (error) {
        if (!holdsFiles(error)) throw error
        await session.withFiles(async (files) => await files.shred())
      }
      if (session.output.json) return await session.output.document({ shredded: true })
      await session.output.talk('The journal holds no earlier text any more')
    })
}
