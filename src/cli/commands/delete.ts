import type { Command } from 'commander'
import { confirm } from '../confirm.js'
import { notFoundIn } from '../not-found.js'
import type { Session } from '../session.js'

const EXAMPLES = `
Examples:
  $ holdfast delete --dir prompts my-flow_llm 1.0.2 --yes
  $ holdfast delete --dir prompts my-flow_llm 1.0.2 --yes --trash`

export function addDeleteCommand(program: Command, session: Session): void {
  program
    .command('delete')
    .description('delete a version; asks on a terminal, needs --yes elsewhere')
    .argument('<prompt-id>')
    .argument('<version>')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action(async (promptId: string, version: string, options: { yes?: boolean }) => {
      const question = `Delete version ${version} of ${promptId}?`
      if (options.yes !== true && !(await confirm(session.environment, question))) {
        return await session.output.talk('Nothing was deleted')
      }
      await deleteVersion(session, promptId, version)
    })
}

async function deleteVersion(session: Session, promptId: string, version: string): Promise<void> {
  await session.withStore(async (store) => {
    if (!(await store.deleteVersion(promptId, version)))
      throw await notFoundIn(store, promptId, version)
    const trashed = session.options.trash === true
    if (session.output.json) {
      return await session.output.document({ prompt_id: promptId, version, deleted: true, trashed })
    }
    await session.output.talk(
      `Deleted version ${version} of ${promptId}${trashed ? ', to the trash' : ''}`,
    )
  })
}
