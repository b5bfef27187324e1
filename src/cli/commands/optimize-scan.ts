import type { Command } from 'commander'
import { counted } from '../counted.js'
import { EXIT } from '../errors.js'
import { checkForm, ndjsonOption } from '../global-options.js'
import type { Session } from '../session.js'
import { readWorkflowFiles, type WorkflowFiles } from '../workflow-files.js'
import { scannedPrompts, type ScannedPrompt } from '../../optimizer/analysis/scan-prompts.js'

const EXAMPLES = `
The id is the one that the prompt gets when the file is imported. The score is
the one of "holdfast optimize score". Texts for the app's user (answers,
openings, forms) are left out, unless --optional-texts is given.

A file that is not an export of Dify is refused with its reason; the others are
scanned, and the exit status is 1.

Examples:
  $ holdfast optimize scan flow.yml
  $ holdfast optimize scan exports/ --ndjson`

interface ScanArguments {
  readonly optionalTexts?: boolean
  readonly ndjson?: boolean
}

export function addScanCommand(optimize: Command, session: Session): void {
  optimize
    .command('scan')
    .description('list the prompts of Dify workflows: id, carrier, line, language, score')
    .argument('<file...>', 'files, directories of them, or - for standard input')
    .option('--optional-texts', 'answers, openings and forms, too')
    .addOption(ndjsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], { optionalTexts, ndjson }: ScanArguments) => {
      checkForm(session.output.json, { ndjson })
      const found = await readWorkflowFiles(session, paths)
      await report(
        session,
        found,
        found.files.map((file) => ({
          file: file.file,
          name: file.name,
          mode: file.mode ?? null,
          prompts: scannedPrompts(file, { optionalTexts }),
          notes: file.notes,
        })),
        ndjson === true,
      )
    })
}

interface Scan {
  readonly file: string
  readonly name: string
  readonly mode: string | null
  readonly prompts: readonly ScannedPrompt[]
  readonly notes: WorkflowFiles['files'][number]['notes']
}

async function report(
  session: Session,
  { refused }: WorkflowFiles,
  scans: readonly Scan[],
  asLines: boolean,
): Promise<void> {
  const { output } = session
  if (refused.length > 0) session.exitCode = EXIT.failure
  const prompts = scans.reduce((sum, scan) => sum + scan.prompts.length, 0)
  if (output.json) {
    const totals = { files: scans.length, prompts, refused: refused.length }
    return await output.document({ files: scans, refused, totals })
  }
  if (asLines)
    await output.lines(
      scans.flatMap(({ file, prompts: each }) => each.map((prompt) => ({ file, ...prompt }))),
    )
  else for (const scan of scans) await showScan(session, scan)
  for (const { reason } of refused) await output.warn(`refused: ${reason}`)
  await output.talk(
    `${counted(prompts, 'prompt')} in ${counted(scans.length, 'file')}, ${refused.length} refused`,
  )
}

async function showScan({ output }: Session, { file, mode, prompts, notes }: Scan): Promise<void> {
  await output.line(`${file}${mode === null ? '' : ` (${mode})`}`)
  await output.table(
    [
      { title: 'Prompt' },
      { title: 'Carrier', whole: true },
      { title: 'Line', align: 'right' },
      { title: 'Language' },
      { title: 'Score', align: 'right' },
    ],
    prompts.map(({ prompt_id, carrier, line, languages, overall_score }) => [
      prompt_id,
      carrier,
      line,
      languages.join(', '),
      overall_score.toFixed(1),
    ]),
  )
  for (const note of notes) await output.talk(`${file}:${note.line}:${note.column} ${note.message}`)
}
