import type { Command } from 'commander'
import type { Session } from '../session.js'

export function addReindexCommand(program: Command, session: Session): void {
  program
    .command('reindex')
    .description('build the index anew from the files')
    .addHelpText('after', '\nExample:\n  $ holdfast reindex --dir prompts')
    .action(async () => {
      await session.withStore(async (store) => {
        const { prompts, versions } = await store.rebuildIndex()
        if (session.output.json) return await session.output.document({ prompts, versions })
        await session.output.talk(`The index holds ${versions} versions of ${prompts} prompts`)
      })
    })
}
