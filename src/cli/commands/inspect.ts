import { counted } from '../counted.js'
import type { Command } from 'commander'
import { takeOverByHand } from '../../disk/take-over.js'
import { storageError } from '../../engine/failure.js'
import { commandHint } from '../command-hint.js'
import { confirm } from '../input.js'
import { showFacts, snakeCased } from '../output.js'
import type { FileSystemStorage } from '../../versions/file-system/file-system-storage.js'
import { holdsFiles, isFileStore, storageDirectory } from '../open-store.js'
import type { Session } from '../session.js'
import { showFilesHealth } from './files-check.js'
import { isDatabase, verifyDatabase } from './verify-database.js'
import { HARMLESS_FINDINGS, type VerifyReport } from '../../versions/file-system/findings.js'
import { EXIT } from '../errors.js'
import { checkInterval, every, INTERVAL_MS } from '../every.js'
import { checkForm, ndjsonOption, parseInteger } from '../global-options.js'

const DOCTOR_EXAMPLES = `
Examples:
  $ holdfast doctor --dir prompts
  $ holdfast doctor --take-over --dir prompts     after its container has ended`

interface DoctorOptions {
  readonly takeOver?: boolean
  readonly yes?: boolean
}

export function addDoctorCommand(program: Command, session: Session): void {
  program
    .command('doctor')
    .description(
      'print what the store, the file system and the addon can do here; of a store of files, its health',
    )
    .option(
      '--take-over',
      'take the store from a process that has ended, where this one cannot tell; asks on a terminal, needs --yes elsewhere',
    )
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', DOCTOR_EXAMPLES)
    .action(async (options: DoctorOptions) => {
      if (options.takeOver === true) return await takeOver(session, options.yes === true)
      try {
        await session.withFileStore('doctor', async (store) => await showDiagnosis(session, store))
      } catch (error) {
        if (!holdsFiles(error)) throw error
        await showFilesHealth(session)
      }
    })
}

async function showDiagnosis(session: Session, store: FileSystemStorage): Promise<void> {
  const { output } = session
  const { findings: found, problems, ...facts } = await store.doctor()
  const findings = found.map(({ command, ...each }) => ({
    ...each,
    command: command === null ? null : lineOf(session, command),
  }))
  if (output.json) return await output.document(snakeCased({ ...facts, problems, findings }))
  await showFacts(output, facts)
  for (const [at, { kind, message, remedy, command }] of findings.entries()) {
    await output.warn(message)
    // Once for all findings of a kind, which follow each other.
    if (findings[at + 1]?.kind === kind) continue
    if (command === null) await output.talk(`${remedy}.`)
    else await output.next(remedy, [command])
  }
}

/** A remedy that names the stores by itself takes no options for that. */
function lineOf(session: Session, command: readonly string[]): string {
  const namesStores = command.includes('--from')
  return commandHint(namesStores ? { options: { color: true } } : session, command)
}

/** Works for a store of any kind, since it is not opened. */
async function takeOver(session: Session, isConfirmed: boolean): Promise<void> {
  const directory = await storageDirectory(session.environment, session.options, 'take over')
  const question = `Has every process ended that had ${directory} open? What one that still runs saves will be lost.`
  if (!isConfirmed && !(await confirm(session.environment, question))) {
    return await session.output.talk('Nothing was taken over')
  }
  const taken = await takeOverNow(directory)
  if (session.output.json) return await session.output.document({ taken_over: taken })
  for (const { path, pid } of taken)
    await session.output.talk(`Taken over from process ${pid || '(unknown)'} (${path})`)
  if (taken.length === 0) await session.output.talk('There is nothing to take over')
}

async function takeOverNow(directory: string): ReturnType<typeof takeOverByHand> {
  try {
    return await takeOverByHand(directory)
  } catch (error) {
    throw storageError(error, {
      fallback: 'FS-IO-001',
      what: `Cannot take over '${directory}'`,
      context: { directory },
    })
  }
}

const VERIFY_EXAMPLES = `
The exit status is 5 when something is damaged and was not repaired, and 9 when
nothing is damaged, but files are missing that were there and were not accepted
as lost. Files of other programs and versions without checksum are reported, but
are not damage. Files that could not be kept are reported each time until they
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
    .description('check every version: form, checksum; of a store of files, also place and index')
    .option('--repair', 'repair what can be repaired; damaged files are put aside, never removed')
    .option(
      '--validate',
      'check every document against the schema of prompts, not only those without a checksum',
    )
    .option('--accept', 'report files that could not be kept for the last time')
    .option('--yes', 'with --repair: put aside any number of damaged files, not 10 at most')
    .addHelpText('after', VERIFY_EXAMPLES)
    .action(async (options: VerifyCommandOptions) => {
      const repair = options.repair === true
      const accept = options.accept === true
      const bound = options.yes === true ? { quarantineMax: Number.MAX_SAFE_INTEGER } : {}
      const how = { repairJournal: repair, validateOnRead: options.validate === true }
      const verifyFiles = async (store: FileSystemStorage): Promise<void> =>
        await reportFindings(session, await store.verify({ repair, accept, ...bound }))
      // What only files have, by the name of the first option.
      const [flag] = Object.keys(options)
      if (flag !== undefined)
        return await session.withFileStore(`verify --${flag}`, verifyFiles, how)
      await session.withStore(async (store) => {
        if (isFileStore(store)) await verifyFiles(store)
        else if (isDatabase(store)) await verifyDatabase(session, store)
        else await session.withFileStore('verify', verifyFiles)
      }, how)
    })
}

async function reportFindings(session: Session, found: VerifyReport): Promise<void> {
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
    `${counted(found.checked, 'file')} checked (${found.checked_bytes} bytes), ${damage.length} damaged`,
  )
}

interface StatsOptions {
  readonly bytes?: boolean
  readonly requiredMb?: number
  readonly watch?: boolean
  readonly intervalMs: number
  readonly ndjson?: boolean
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
    .option('--watch', 'print it again and again, until Ctrl-C')
    .option('--interval-ms <ms>', 'with --watch: the time between two', parseInteger, INTERVAL_MS)
    .addOption(ndjsonOption())
    .addHelpText('after', '\nExample:\n  $ holdfast stats --dir prompts --json')
    .action(async (options: StatsOptions) => {
      const { intervalMs, watch = false, ndjson } = options
      checkInterval(intervalMs)
      checkForm(session.output.json, { ndjson, watch })
      const { signal } = session.environment
      await session.withFileStore('stats', async (store) => {
        if (!watch) return await showStats(session, store, options)
        await every(intervalMs, [signal], async () => await showStats(session, store, options))
      })
    })
}

async function showStats(
  session: Session,
  store: FileSystemStorage,
  { bytes = false, requiredMb, ndjson = false }: StatsOptions,
): Promise<void> {
  const known = await store.getStorageStats({ bytes })
  const disk_space =
    requiredMb === undefined ? undefined : await store.checkDiskSpace({ requiredMb })
  if (disk_space?.ok === false) session.exitCode = EXIT.noSpace
  const stats = { ...known, ...(disk_space === undefined ? {} : { disk_space }) }
  const { output } = session
  if (output.json) return await output.document(snakeCased(stats))
  if (ndjson) return await output.lines([snakeCased(stats)])
  await showFacts(output, stats)
}

export function addReindexCommand(program: Command, session: Session): void {
  program
    .command('reindex')
    .description('rebuild the index from the files')
    .addHelpText('after', '\nExample:\n  $ holdfast reindex --dir prompts')
    .action(async () => {
      await session.withFileStore('reindex', async (store) => {
        const { prompts, versions } = await store.rebuildIndex()
        if (session.output.json) return await session.output.document({ prompts, versions })
        await session.output.talk(
          `The index holds ${counted(versions, 'version')} of ${counted(prompts, 'prompt')}`,
        )
      })
    })
}
