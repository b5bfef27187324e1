import type { Command } from 'commander'
import { showFacts } from '../facts.js'
import { EXIT } from '../exit-codes.js'
import { parseInteger } from '../global-options.js'
import type { Session } from '../session.js'
import { snakeCased } from '../snake-case.js'

interface StatsOptions {
  readonly bytes?: boolean
  readonly requiredMb?: number
}

export function addStatsCommand(program: Command, session: Session): void {
  program
    .command('stats')
    .description('print how much is stored, and how')
    .option('--bytes', 'tell how many bytes the versions take; asks for the length of each file')
    .option(
      '--required-mb <n>',
      'tell about the disk, and end with 8 when less is free',
      parseInteger,
    )
    .addHelpText('after', '\nExample:\n  $ holdfast stats --dir prompts --json')
    .action(async ({ bytes = false, requiredMb }: StatsOptions) => {
      await session.withStore(async (store) => {
        const known = await store.getStorageStats({ bytes })
        const disk_space =
          requiredMb === undefined ? undefined : await store.checkDiskSpace({ requiredMb })
        if (disk_space?.ok === false) session.exitCode = EXIT.noSpace
        const stats = { ...known, ...(disk_space === undefined ? {} : { disk_space }) }
        if (session.output.json) return await session.output.document(snakeCased(stats))
        await showFacts(session.output, stats)
      })
    })
}
