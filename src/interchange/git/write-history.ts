import { join, resolve } from 'node:path'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import { isDirectory, listNames } from '../../disk/file-tree.js'
import { withTemporaryDirectory } from '../../disk/temporary-directory.js'
import { InterchangeError } from '../interchange-error.js'
import { fastImport } from './fast-import.js'
import { gitText } from './git.js'
import type { PlannedCommit } from './plan-history.js'
import { parseTagName, tagName } from './tag-names.js'

/**
 * Writes commits to a branch of a repository, which is made if there is none, with the tags of versions and labels: all
 * refs in one push. The commits are the same each time, so a branch that has them is continued.
 *
 * @returns whether anything has changed
 * @throws InterchangeError OPT-FORMAT-002 for a branch with other commits, or one that is checked out, and for a
 * directory that is not a repository; OPT-FORMAT-003 if git is missing or fails
 */
export async function writeHistory(
  commits: readonly PlannedCommit[],
  to: string,
  branch: string,
): Promise<boolean> {
  const target = resolve(to)
  return await withTemporaryDirectory(async (directory) => {
    const made = join(directory, 'export.git')
    await gitText(directory, ['init', '--quiet', '--bare', '--template=', made])
    await gitText(
      made,
      ['fast-import', '--quiet', '--date-format=raw-permissive'],
      fastImport(commits, branch),
    )
    await prepare(target, branch, made)
    const stale = await staleLabels(target, commits)
    const refs = [`refs/heads/${branch}:refs/heads/${branch}`, '+refs/tags/*:refs/tags/*', ...stale]
    // Hooks and signatures of the user are meant for pushes of their own.
    const how = ['--atomic', '--porcelain', '--no-verify', '--no-signed']
    const report = await gitText(made, ['push', ...how, target, ...refs])
    return report.split('\n').some((line) => /^[ *+-]\t/.test(line))
  })
}

/** @throws TypeError for a name that no branch can have */
export async function checkBranch(branch: string): Promise<void> {
  try {
    await gitText('.', ['check-ref-format', `refs/heads/${branch}`])
  } catch (cause) {
    if (!(await hasGit())) throw cause
    throw wrongArgument(`Option "branch" must be the name of a branch, got ${shown(branch)}`, {
      cause,
    })
  }
}

async function hasGit(): Promise<boolean> {
  try {
    await gitText('.', ['version'])
    return true
  } catch {
    return false
  }
}

/** Makes the repository, or checks that the branch can be continued. */
async function prepare(target: string, branch: string, made: string): Promise<void> {
  const isThere = await isDirectory(target)
  if (!isThere || (await listNames(target)).length === 0) {
    await gitText('.', ['init', '--quiet', '--bare', `--initial-branch=${branch}`, target])
    return
  }
  const prefix = await positionIn(target)
  if (prefix !== '')
    throw refusal(target, `${target} is inside a repository: name the repository itself`)
  const isBare = (await gitText(target, ['rev-parse', '--is-bare-repository'])).trim() === 'true'
  const current = await lineOf(target, ['symbolic-ref', '--quiet', 'HEAD'])
  if (!isBare && current === `refs/heads/${branch}`)
    throw refusal(target, `The branch ${branch} is checked out in ${target}: name another one`)
  const tip = await lineOf(target, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`])
  if (tip !== undefined && (await lineOf(made, ['cat-file', '-t', tip])) === undefined)
    throw refusal(
      target,
      `The branch ${branch} of ${target} has commits that are not in the store: name another one`,
    )
}

async function positionIn(target: string): Promise<string> {
  try {
    return (await gitText(target, ['rev-parse', '--show-prefix'])).trim()
  } catch (cause) {
    throw refusal(target, `${target} is not empty, and not a git repository`, cause)
  }
}

/** Undefined where git says that there is none. */
async function lineOf(directory: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await gitText(directory, args)).trim()
  } catch {
    return undefined
  }
}

/** Refspecs that delete the tags of labels which the exported prompts do not have any more. */
async function staleLabels(
  target: string,
  commits: readonly PlannedCommit[],
): Promise<readonly string[]> {
  const [ids, labels] = [new Set<string>(), new Set<string>()]
  for (const { stored } of commits.flat()) {
    const { prompt_id: id } = stored.document
    ids.add(id)
    for (const label of stored.labels) labels.add(tagName(id, label) ?? '')
  }
  const names = (
    await gitText(target, ['for-each-ref', '--format=%(refname:strip=2)', 'refs/tags'])
  )
    .split('\n')
    .filter((name) => {
      const meaning = parseTagName(name)
      return meaning?.kind === 'label' && ids.has(meaning.promptId) && !labels.has(name)
    })
  return names.map((name) => `:refs/tags/${name}`)
}

function refusal(target: string, message: string, cause?: unknown): InterchangeError {
  return new InterchangeError('OPT-FORMAT-002', message, { context: { path: target }, cause })
}
