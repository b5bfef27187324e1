import type { Command } from 'commander'
import { notFoundIn } from '../not-found.js'
import type { Session } from '../session.js'

export function addLatestCommand(program: Command, session: Session): void {
  program
    .command('latest')
    .description('print the highest version of a prompt')
    .argument('<prompt-id>')
    .addHelpText('after', '\nExample:\n  $ holdfast latest --dir prompts my-flow_llm')
    .action(async (promptId: string) => {
      await session.withStore(async (store) => {
        const version = await store.getLatestVersionName(promptId)
        if (version === undefined) throw await notFoundIn(store, promptId)
        if (!session.output.json) return await session.output.data(`${version}\n`)
        const path = store.pathOf(promptId, version)
        await session.output.document({ prompt_id: promptId, version, path })
      })
    })
}
