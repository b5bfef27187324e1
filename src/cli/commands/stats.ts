import type { Command } from 'commander'
import { showFacts } from '../facts.js'
import type { Session } from '../session.js'
import { snakeCased } from '../snake-case.js'

export function addStatsCommand(program: Command, session: Session): void {
  program
    .command('stats')
    .description('print how much is stored, and how')
    .option('--bytes', 'tell how many bytes the versions take; asks for the length of each file')
    .addHelpText('after', '\nExample:\n  $ holdfast stats --dir prompts --json')
    .action(async ({ bytes = false }: { bytes?: boolean }) => {
      await session.withStore(async (store) => {
        const stats = await store.getStorageStats({ bytes })
        if (session.output.json) return await session.output.document(snakeCased(stats))
        await showFacts(session.output, stats)
      })
    })
}
