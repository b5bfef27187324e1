import { expandInputPath } from '../disk/input-files.js'
import { WorkflowError } from '../dify/workflow-error.js'
import { parseDifyFile, type DifyFile } from '../dify/workflow/dify-file.js'
import { CliError } from './errors.js'
import { readInput, unreadable } from './input.js'
import { type Session, announceWaiting } from './session.js'

/** A file that could not be read or is not an export of Dify, and why. */
export interface RefusedFile {
  readonly file: string
  readonly reason: string
}

/** The files that the arguments of a command stand for. */
export interface WorkflowFiles {
  readonly files: readonly DifyFile[]
  readonly refused: readonly RefusedFile[]
  /** Why refused files are not exports of Dify, by their names. Those that could not be read are not in it. */
  readonly errors: ReadonlyMap<string, WorkflowError>
}

/** What findings and messages call the file `-`. */
export const STANDARD_INPUT = 'standard input'

/** What names of exports end with. */
const EXTENSIONS = ['.yml', '.yaml']

/**
 * Reads the exports of Dify that paths stand for: files, directories (their `*.yml` and `*.yaml`), `-` for standard
 * input. A file that is refused does not stop the others. A path that is named twice counts once.
 */
export async function readWorkflowFiles(
  session: Session,
  paths: readonly string[],
): Promise<WorkflowFiles> {
  const files = new Map<string, DifyFile>()
  const refused = new Map<string, RefusedFile>()
  const errors = new Map<string, WorkflowError>()
  const attempt = async (name: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      refused.set(name, { file: name, reason: reasonOf(error) })
      if (error instanceof WorkflowError) errors.set(name, error)
    }
  }
  for (const path of paths)
    await attempt(path, async () => {
      for (const file of await expand(path))
        await attempt(file, async () => {
          files.set(file, await readWorkflowFile(session, file, { isNamed: file === path }))
        })
    })
  return { files: [...files.values()], refused: [...refused.values()], errors }
}

/**
 * Reads one export of Dify.
 * @throws CliError for a file that cannot be read; WorkflowError for one that is not an export
 */
export async function readWorkflowFile(
  session: Session,
  file: string,
  options: { readonly isNamed: boolean } = { isNamed: true },
): Promise<DifyFile> {
  await announceWaiting(session, file, 'a workflow')
  const bytes = await readInput(session.environment, file, options)
  return parseDifyFile(bytes, file === '-' ? STANDARD_INPUT : file, {
    // What could be read has a limit of its own.
    fileBytesMax: Math.max(bytes.byteLength, 1),
  })
}

async function expand(path: string): Promise<readonly string[]> {
  if (path === '-') return [path]
  let found: readonly string[]
  try {
    found = await expandInputPath(path, EXTENSIONS)
  } catch (error) {
    throw unreadable(path, error)
  }
  if (found.length > 0) return found
  throw new CliError('CLI-INPUT-001', `${path} is a directory without *.yml or *.yaml`)
}

/** Anything else is a defect, or an interruption. */
function reasonOf(error: unknown): string {
  if (error instanceof CliError || error instanceof WorkflowError) return error.message
  throw error
}
