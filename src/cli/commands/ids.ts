import type { Command } from 'commander'
import { printable } from '../printable.js'
import type { Session } from '../session.js'

export function addIdsCommand(program: Command, session: Session): void {
  program
    .command('ids')
    .description('list the ids of all prompts, one a line')
    .addHelpText('after', '\nExample:\n  $ holdfast ids --dir prompts | grep my-flow')
    .action(async () => {
      await session.withStore(async (store) => {
        const ids = await store.listPromptIds()
        if (session.output.json) return await session.output.document({ prompt_ids: ids })
        await session.output.data(ids.map((id) => `${printable(id)}\n`).join(''))
      })
    })
}
