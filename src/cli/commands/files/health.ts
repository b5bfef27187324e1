import type { Command } from 'commander'
import { EXIT } from '../../exit-codes.js'
import { showFacts } from '../../facts.js'
import type { Session } from '../../session.js'

const EXAMPLES = `
Examples:
  $ holdfast files health --dir data
  $ holdfast files health --dir data --json | jq -r '.reasons[].code'`

export function addFilesHealthCommand(files: Command, session: Session): void {
  files
    .command('health')
    .description(
      'tell whether files can be stored and read; asks the cloud, if there is one; status 7 when not',
    )
    .addHelpText('after', EXAMPLES)
    .action(async () => await showFilesHealth(session))
}

/** What a storage of files says of itself; the reasons as warnings. */
export async function showFilesHealth(session: Session): Promise<void> {
  await session.withFiles(async (storage) => {
    const health = await storage.getHealthStatus({ askCloud: true })
    if (health.status === 'unhealthy') session.exitCode = EXIT.unavailable
    if (session.output.json) return await session.output.document(health)
    const { reasons, ...facts } = health
    await showFacts(session.output, facts)
    for (const { code, message } of reasons) await session.output.warn(`${code}: ${message}`)
  })
}
