import type { Command } from 'commander'
import { HARMLESS_FINDINGS, type VerifyReport } from '../../versions/verify.js'
import { EXIT } from '../exit-codes.js'
import type { Session } from '../session.js'

const EXAMPLES = `
The exit status is 5 when something is damaged and was not repaired. Files of other programs, versions without
checksum are reported, but are no damage. Files that could not be kept are reported each time until they are accepted.

Examples:
  $ holdfast verify --dir prompts
  $ holdfast verify --dir prompts --repair
  $ holdfast verify --dir prompts --accept`

export function addVerifyCommand(program: Command, session: Session): void {
  program
    .command('verify')
    .description('check every file: form, checksum, place, index')
    .option('--repair', 'repair what can be repaired; damaged files are put aside, never removed')
    .option('--accept', 'report files that could not be kept for the last time')
    .addHelpText('after', EXAMPLES)
    .action(async (options: { repair?: boolean; accept?: boolean }) => {
      const repair = options.repair === true
      const accept = options.accept === true
      await session.withStore(
        async (store) => await report(session, await store.verify({ repair, accept })),
        { repairJournal: repair },
      )
    })
}

async function report(session: Session, found: VerifyReport): Promise<void> {
  const { output } = session
  const damage = found.findings.filter(
    ({ kind, repaired }) => !repaired && !HARMLESS_FINDINGS.has(kind),
  )
  if (damage.length > 0) session.exitCode = EXIT.integrity
  if (output.json) return await output.document(found)
  if (found.findings.length > 0) {
    await output.table(
      [{ title: 'Finding' }, { title: 'File' }, { title: 'Detail' }, { title: 'Repaired' }],
      found.findings.map(({ kind, path, detail, repaired }) => [
        kind,
        path,
        detail,
        repaired ? 'yes' : 'no',
      ]),
    )
  }
  await output.talk(`${found.checked} files checked, ${damage.length} damaged`)
}
