import { basename, dirname, join } from 'node:path'
import { wrongArgument } from '../base/misuse.js'
import { booleanOption, choice, rejectUnknown, shown, stringOption } from '../base/options.js'
import { isError } from '../base/values.js'
import { checkPromptId } from '../document/prompt-id.js'
import { compareTreeFile, writeTreeFile, type TreeFileOutcome } from '../disk/file-tree.js'
import { parseReference } from '../versions/registry/reference.js'
import { checkAll, type RegistryStorage } from '../versions/registry/registry-options.js'
import { keepOpenWhile } from '../versions/version-storage.js'
import {
  formatDotprompts,
  formatLangfuseFile,
  formatPromptfooFile,
  formatRecords,
  type FormattedFiles,
} from './format-files.js'
import { planHistory } from './git/plan-history.js'
import { checkBranch, writeHistory } from './git/write-history.js'
import { InterchangeError } from './interchange-error.js'
import { FORMATS, type Format } from './read-items.js'
import {
  promptStorage,
  storedPrompts,
  type Selection,
  type StoredVersion,
} from './stored-versions.js'

export interface ExportPromptsOptions {
  /** Where the prompts are stored: a storage of prompts with transactions. */
  readonly storage: RegistryStorage
  readonly format: Format
  /**
   * Where they are written: for 'json' and 'dotprompt' a directory, for 'git' a repository, for 'langfuse' and
   * 'promptfoo' a file. It is made if there is none.
   */
  readonly to: string
  /** Default: every prompt. */
  readonly promptIds?: readonly string[] | undefined
  /**
   * Which version of each prompt: `latest`, `@production`, `^1.2`. Default: every version, and the latest one for
   * 'dotprompt' and 'promptfoo', which hold one.
   */
  readonly reference?: string | undefined
  /** Of a repository: the branch that gets the commits. Default 'main'. */
  readonly branch?: string | undefined
  /** Whether files with another content are replaced. Default false: the export is refused. */
  readonly overwrite?: boolean | undefined
  /** Writes nothing, and reports what would be written. Default false. */
  readonly dryRun?: boolean | undefined
}

/** What became of one version. */
export interface ExportedItem {
  readonly prompt_id: string
  readonly version: string
  /**
   * 'unchanged': what was written before has this version already; 'refused': the format cannot hold it. Of a
   * repository, all versions are 'written' if any of them is.
   */
  readonly outcome: 'written' | 'unchanged' | 'refused'
  /** The file that holds it. */
  readonly path?: string
  /** Why it was refused. */
  readonly reason?: string
  /** The fields of the prompt that the format does not hold. */
  readonly lost?: readonly string[]
}

/** What an export has done. */
export interface ExportReport {
  readonly items: readonly ExportedItem[]
  readonly totals: Readonly<Record<ExportedItem['outcome'], number>>
}

const OPTIONS = [
  'storage',
  'format',
  'to',
  'promptIds',
  'reference',
  'branch',
  'overwrite',
  'dryRun',
]

/**
 * Exports prompts to files of another program. Each file is written as a whole, and a repository in one push. The same
 * content gives the same files and commits, so an export can be repeated.
 *
 * @throws TypeError for wrong options; InterchangeError for a target that cannot take the export: nothing is written
 * then; StorageError of a read that failed
 */
export async function exportPrompts(options: ExportPromptsOptions): Promise<ExportReport> {
  rejectUnknown(options, OPTIONS, 'exportPrompts')
  const storage = promptStorage(options?.storage)
  const format = choice(FORMATS)('format', options.format)
  const to = stringOption('to', options.to)
  const isDry = booleanOption('dryRun', options.dryRun, false)
  const overwrite = booleanOption('overwrite', options.overwrite, false)
  const selection = selectionOf(options)
  const branch = branchOption(options)
  return await keepOpenWhile(storage, async (open) => {
    const prompts: (readonly StoredVersion[])[] = []
    for await (const versions of storedPrompts(open, selection)) prompts.push(versions)
    if (format === 'git') return await exportHistory(prompts, { to, branch, isDry })
    return await writeFiles(await formatAs(format, prompts, to), {
      directory: format === 'json' || format === 'dotprompt' ? to : dirname(to),
      overwrite,
      isDry,
    })
  })
}

function selectionOf({ format, promptIds, reference }: ExportPromptsOptions): Selection {
  const isSingle = format === 'dotprompt' || format === 'promptfoo'
  const given = reference ?? (isSingle ? 'latest' : undefined)
  return {
    promptIds:
      promptIds === undefined ? undefined : checkAll('promptIds', promptIds, checkPromptId),
    reference: given === undefined ? undefined : parseReference(given),
  }
}

function branchOption({ format, branch }: ExportPromptsOptions): string {
  if (branch !== undefined && format !== 'git')
    throw wrongArgument(`Option "branch" is for the format 'git', got it for ${shown(format)}`)
  return stringOption('branch', branch, { default: 'main' })
}

async function formatAs(
  format: Exclude<Format, 'git'>,
  prompts: readonly (readonly StoredVersion[])[],
  to: string,
): Promise<FormattedFiles> {
  switch (format) {
    case 'json':
      return formatRecords(prompts)
    case 'dotprompt':
      return await formatDotprompts(prompts)
    case 'langfuse':
      return formatLangfuseFile(prompts, basename(to))
    case 'promptfoo':
      return formatPromptfooFile(prompts, basename(to))
  }
}

async function writeFiles(
  { files, versions }: FormattedFiles,
  how: { readonly directory: string; readonly overwrite: boolean; readonly isDry: boolean },
): Promise<ExportReport> {
  const { directory, overwrite, isDry } = how
  // All are compared before the first one is written: a refused export writes nothing.
  const outcomes = await orUnwritable(directory, compareAll(directory, files))
  const differing = [...outcomes].filter(([, outcome]) => outcome === 'differs')
  if (differing.length > 0 && !overwrite)
    throw new InterchangeError(
      'OPT-FORMAT-002',
      `${differing.length === 1 ? '1 file has' : `${differing.length} files have`} another content, such as ${join(directory, differing[0]?.[0] ?? '')}: name another place, or overwrite them`,
      { context: { path: directory, files: differing.map(([path]) => path) } },
    )
  if (!isDry) await orUnwritable(directory, writeAll(directory, files, overwrite))
  return reportOf(
    versions.map(({ path, lost, reason, ...version }) => ({
      ...version,
      outcome:
        path === undefined
          ? 'refused'
          : outcomes.get(path) === 'unchanged'
            ? 'unchanged'
            : 'written',
      ...(path === undefined ? {} : { path }),
      ...(reason === undefined ? {} : { reason }),
      ...(lost.length === 0 ? {} : { lost }),
    })),
  )
}

async function compareAll(
  directory: string,
  files: FormattedFiles['files'],
): Promise<ReadonlyMap<string, TreeFileOutcome>> {
  const outcomes = new Map<string, TreeFileOutcome>()
  for (const [path, text] of files)
    outcomes.set(path, await compareTreeFile(join(directory, path), text))
  return outcomes
}

async function writeAll(
  directory: string,
  files: FormattedFiles['files'],
  overwrite: boolean,
): Promise<void> {
  for (const [path, text] of files) await writeTreeFile(join(directory, path), text, overwrite)
}

async function orUnwritable<Result>(path: string, writing: Promise<Result>): Promise<Result> {
  try {
    return await writing
  } catch (cause) {
    if (!isError(cause) || !('syscall' in cause)) throw cause
    throw new InterchangeError('OPT-FORMAT-002', `${path} cannot be written: ${cause.message}`, {
      context: { path },
      cause,
    })
  }
}

async function exportHistory(
  prompts: readonly (readonly StoredVersion[])[],
  { to, branch, isDry }: { readonly to: string; readonly branch: string; readonly isDry: boolean },
): Promise<ExportReport> {
  await checkBranch(branch)
  const commits = await planHistory(prompts)
  const isChanged = isDry || commits.length === 0 || (await writeHistory(commits, to, branch))
  return reportOf(
    commits.flat().map(({ stored, path }) => ({
      prompt_id: stored.document.prompt_id,
      version: stored.document.version,
      outcome: isChanged ? 'written' : 'unchanged',
      path,
    })),
  )
}

function reportOf(items: readonly ExportedItem[]): ExportReport {
  const totals = { written: 0, unchanged: 0, refused: 0 }
  for (const { outcome } of items) totals[outcome]++
  return { items, totals }
}
