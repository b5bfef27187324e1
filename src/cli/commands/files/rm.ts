import type { Command } from 'commander'
import { confirm } from '../../confirm.js'
import type { Session } from '../../session.js'
import { noFile } from './no-file.js'

export function addFilesRmCommand(files: Command, session: Session): void {
  files
    .command('rm')
    .description('remove files; asks on a terminal, needs --yes elsewhere')
    .argument('<keys...>')
    .option('-y, --yes', 'do not ask')
    .action(async (keys: readonly string[], options: { yes?: boolean }) => {
      const question = `Remove ${keys.join(', ')}?`
      if (options.yes !== true && !(await confirm(session.environment, question)))
        return await session.output.talk('Nothing was removed')
      await removeAll(session, keys)
    })
}

async function removeAll(session: Session, keys: readonly string[]): Promise<void> {
  await session.withFiles(async (storage) => {
    const removed: string[] = []
    for (const key of keys) if (await storage.delete(key)) removed.push(key)
    const absent = keys.find((key) => !removed.includes(key))
    if (absent !== undefined) throw noFile(absent)
    if (session.output.json) return await session.output.document({ removed })
    await session.output.talk(`Removed ${removed.join(', ')}`)
  })
}
