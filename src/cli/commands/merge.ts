import { Option, type Command } from 'commander'
import { BUMPS, type Bump } from '../../document/version-number.js'
import type { Prompt } from '../../versions/prompts/prompt.js'
import type { MergeResult } from '../../versions/registry/merge.js'
import { conflictText, type MergedVersions } from '../conflict-text.js'
import { CliError, EXIT } from '../errors.js'
import { requirePrompt, withRegistry, type Opened } from '../registry.js'
import { given, repeatable } from '../repeatable.js'
import type { Session } from '../session.js'
import { findVersion } from '../version-reference.js'
import { reportPublished } from './publish.js'

const EXAMPLES = `
Prints the merged text, or messages as JSON. Without --publish, nothing is
stored. Where both sides changed the same lines or fields, prints these places
and ends with status 4.

Examples:
  $ holdfast merge --dir prompts greeting 1.0.0 1.1.0 1.2.0
  $ holdfast merge --dir prompts greeting 1.0.0 @live @trial --publish`

interface PublishingOptions {
  readonly bump?: Bump
  readonly message?: string
  readonly author?: string
  readonly label?: readonly string[]
  readonly allowProtected?: boolean
}

interface MergeOptions extends PublishingOptions {
  readonly publish?: boolean
}

export function addMergeCommand(program: Command, session: Session): void {
  program
    .command('merge')
    .description('merge what two versions changed since a third one')
    .argument('<prompt-id>')
    .argument('<base>', 'what both began with: a version, a range, a label or latest')
    .argument('<ours>', 'one changed version')
    .argument('<theirs>', 'the other one')
    .option('--publish', 'store the result as the next version, made from <ours>')
    .addOption(new Option('--bump <part>', 'as for publish').choices(BUMPS))
    .option('--message <text>', 'as for publish (default: which versions were merged)')
    .option('--author <name>', 'as for publish')
    .addOption(repeatable('--label <label>', 'as for publish'))
    .option('--allow-protected', 'as for publish')
    .addHelpText('after', EXAMPLES)
    .action(
      async (
        promptId: string,
        base: string,
        ours: string,
        theirs: string,
        { publish, ...options }: MergeOptions,
      ) => {
        if (publish !== true && Object.keys(options).length > 0)
          throw new CliError('CLI-USAGE-001', 'These options need --publish')
        await withRegistry(session, async (opened) => {
          await requirePrompt(opened, promptId)
          // As numbers, so that the result is of the versions that are reported.
          const versions = await numbersOf(opened, promptId, { base, ours, theirs })
          const result = await opened.registry.merge(
            promptId,
            versions.base,
            versions.ours,
            versions.theirs,
          )
          if (publish === true && result.merged !== undefined)
            await publishMerged(
              session,
              opened,
              { promptId, versions, merged: result.merged },
              options,
            )
          else await reportMerged(session, promptId, versions, result)
        })
      },
    )
}

async function numbersOf(
  { store }: Opened,
  promptId: string,
  references: MergedVersions,
): Promise<MergedVersions> {
  const numberOf = async (wanted: string): Promise<string> =>
    (await findVersion(store, { promptId, wanted })).version
  return {
    base: await numberOf(references.base),
    ours: await numberOf(references.ours),
    theirs: await numberOf(references.theirs),
  }
}

interface Merged {
  readonly promptId: string
  readonly versions: MergedVersions
  readonly merged: Prompt
}

async function publishMerged(
  session: Session,
  { registry, store }: Opened,
  { promptId, versions, merged }: Merged,
  { label: labels, message, ...options }: PublishingOptions,
): Promise<void> {
  const published = await registry.publish(promptId, merged, {
    ...given({ ...options, labels }),
    message: message ?? `Merge ${versions.ours} and ${versions.theirs}`,
    parent: versions.ours,
  })
  await reportPublished(session, store, published)
}

async function reportMerged(
  session: Session,
  promptId: string,
  versions: MergedVersions,
  { merged, conflicts }: MergeResult<Prompt>,
): Promise<void> {
  const { output } = session
  if (merged === undefined) session.exitCode = EXIT.conflict
  if (output.json)
    return await output.document({
      prompt_id: promptId,
      ...versions,
      merged: merged ?? null,
      conflicts,
    })
  // Not on standard output: a file for the result must not get them in its place.
  for (const conflict of conflicts) await output.problem(conflictText(conflict, versions))
  if (merged === undefined) return
  if (merged.text === undefined) await output.document(merged)
  else await output.content([merged.text])
}
