import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import { gitText, runGit } from './git.js'

/** A file that a commit changes. */
export interface FileChange {
  /** From the root of the repository. */
  readonly path: string
  /** The id of its content; undefined if the commit removes it. */
  readonly blob: string | undefined
  /** False for a symbolic link or a submodule. */
  readonly isFile: boolean
}

/** A commit that changes files. */
export interface CommitChange {
  readonly commit: string
  readonly files: readonly FileChange[]
}

/** @throws TypeError for a text that git would read as an option */
export function checkRevision(revision: string): void {
  if (/^[^-]/.test(revision)) return
  throw wrongArgument(`Option "revision" must be a branch, tag or commit, got ${shown(revision)}`)
}

/** Git reads a pattern from the root of the repository, and `*` within a name only. */
export function pathspecOf(pattern: string): string {
  return `:(top,glob)${pattern}`
}

/**
 * The commits of a history that change files with the given patterns, parents before children. Of a merge, these are the
 * files that differ from all its parents.
 */
export async function listChanges(
  directory: string,
  revision: string,
  pathspecs: readonly string[],
): Promise<readonly CommitChange[]> {
  const commits = await gitText(directory, [
    'rev-list',
    '--topo-order',
    '--reverse',
    revision,
    '--',
    ...pathspecs,
  ])
  const args = ['diff-tree', '--stdin', '--root', '-r', '-c', '-z', '--raw', '--no-renames']
  const output = runGit(directory, [...args, '--no-abbrev', '--', ...pathspecs], [commits])
  return await parseChanges(output)
}

const COMMIT = /^[0-9a-f]{40,64}$/
/** No object: the file is removed, or was not there. */
const NONE = /^0+$/

async function parseChanges(output: AsyncIterable<Buffer>): Promise<readonly CommitChange[]> {
  const changes: { commit: string; files: FileChange[] }[] = []
  let facts: readonly string[] | undefined
  for await (const token of tokensOf(output)) {
    if (facts !== undefined) {
      changes.at(-1)?.files.push(changeOf(facts, token))
      facts = undefined
    } else if (COMMIT.test(token)) changes.push({ commit: token, files: [] })
    // One colon for each parent, then the modes of the parents and of the commit, and their objects in that order.
    else if (token.startsWith(':')) facts = token.split(' ')
  }
  return changes.filter(({ files }) => files.length > 0)
}

function changeOf(facts: readonly string[], path: string): FileChange {
  const parents = /^:+/.exec(facts[0] ?? '')?.[0].length ?? 1
  const mode = facts[parents] ?? ''
  const blob = facts[2 * parents + 1] ?? ''
  return {
    path,
    blob: NONE.test(blob) ? undefined : blob,
    isFile: mode.startsWith('100'),
  }
}

/** What NUL ends. */
async function* tokensOf(output: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of output) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      yield rest.toString('utf8', 0, end)
      rest = rest.subarray(end + 1)
    }
  }
}
