import type { Command } from 'commander'
import { showFacts } from '../facts.js'
import type { Session } from '../session.js'

export function addStatsCommand(program: Command, session: Session): void {
  program
    .command('stats')
    .description('print how much is stored, and how')
    .addHelpText('after', '\nExample:\n  $ holdfast stats --dir prompts --json')
    .action(async () => {
      await session.withStore(async (store) => {
        const stats = await store.getStorageStats()
        if (session.output.json) return await session.output.document(stats)
        await showFacts(session.output, stats)
      })
    })
}
