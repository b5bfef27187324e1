import type { Command } from 'commander'
import { HARMLESS_FINDINGS, type VerifyReport } from '../../versions/file-system/findings.js'
import { EXIT } from '../exit-codes.js'
import type { Session } from '../session.js'
import { snakeCased } from '../snake-case.js'

const EXAMPLES = `
The exit status is 5 when something is damaged and was not repaired, and 9 when
nothing is damaged, but files are missing that were there and were not accepted
as lost. Files of other programs and versions without checksum are reported, but
are no damage. Files that could not be kept are reported each time until they
are accepted.

Examples:
  $ holdfast verify --dir prompts
  $ holdfast verify --dir prompts --repair
  $ holdfast verify --dir prompts --accept`

interface VerifyCommandOptions {
  readonly repair?: boolean
  readonly validate?: boolean
  readonly accept?: boolean
  readonly yes?: boolean
}

export function addVerifyCommand(program: Command, session: Session): void {
  program
    .command('verify')
    .description('check every file: form, checksum, place, index')
    .option('--repair', 'repair what can be repaired; damaged files are put aside, never removed')
    .option(
      '--validate',
      'check every document against the schema of prompts, not only those without a checksum',
    )
    .option('--accept', 'report files that could not be kept for the last time')
    .option('--yes', 'with --repair: put aside any number of damaged files, not 10 at most')
    .addHelpText('after', EXAMPLES)
    .action(async (options: VerifyCommandOptions) => {
      const repair = options.repair === true
      const accept = options.accept === true
      const bound = options.yes === true ? { quarantineMax: Number.MAX_SAFE_INTEGER } : {}
      await session.withStore(
        async (store) => await report(session, await store.verify({ repair, accept, ...bound })),
        { repairJournal: repair, validateOnRead: options.validate === true },
      )
    })
}

async function report(session: Session, found: VerifyReport): Promise<void> {
  const { output } = session
  const damage = found.findings.filter(
    ({ kind, repaired }) => !repaired && !HARMLESS_FINDINGS.has(kind),
  )
  const isOnlyMissing = damage.every(({ kind }) => kind === 'lost-file' || kind === 'missing-file')
  if (damage.length > 0) session.exitCode = isOnlyMissing ? EXIT.missing : EXIT.integrity
  if (output.json) return await output.document(snakeCased(found))
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
  if (found.held_back > 0) {
    await output.talk(
      `${found.held_back} damaged files are too many to be put aside unasked: if no other program has changed them, repeat with --yes`,
    )
  }
  const versions = Object.entries(found.schema_versions)
  if (versions.some(([version]) => version !== '1')) {
    const counts = versions.map(([version, count]) => `${count} of version ${version}`)
    await output.talk(`Documents by their schema: ${counts.join(', ')}`)
  }
  await output.talk(
    `${found.checked} files checked (${found.checked_bytes} bytes), ${damage.length} damaged`,
  )
}
