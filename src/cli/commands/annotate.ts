import { Option, type Command } from 'commander'
import { CliError } from '../errors.js'
import { requirePrompt, withRegistry, type Opened } from '../registry.js'
import { given, repeatable } from '../repeatable.js'
import type { Session } from '../session.js'
import { findVersion } from '../version-reference.js'

const VERSION = 'a version, a range such as ^1.0, a label such as @production, or latest'

const TAG_EXAMPLES = `
Examples:
  $ holdfast tag --dir prompts greeting 1.2.0 --add reviewed --remove draft
  $ holdfast search --dir prompts --tag reviewed`

interface TagOptions {
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
}

export function addTagCommand(program: Command, session: Session): void {
  program
    .command('tag')
    .description('add tags to a version and remove others; many versions can have the same')
    .argument('<prompt-id>')
    .argument('<version>', VERSION)
    .addOption(repeatable('--add <tag>', 'a tag to add'))
    .addOption(repeatable('--remove <tag>', 'a tag to remove'))
    .addHelpText('after', TAG_EXAMPLES)
    .action(async (promptId: string, wanted: string, { add, remove }: TagOptions) => {
      if (add === undefined && remove === undefined)
        throw new CliError('CLI-USAGE-001', 'Pass --add or --remove; log shows the tags')
      await withRegistry(session, async (opened) => {
        const version = await numberOf(opened, promptId, wanted)
        const tags = await opened.registry.tag(promptId, version, given({ add, remove }))
        const { output } = session
        if (output.json) return await output.document({ prompt_id: promptId, version, tags })
        const all = tags.length === 0 ? 'none' : tags.join(', ')
        await output.talk(`Tags of version ${version} of ${promptId}: ${all}`)
      })
    })
}

const DEPRECATE_EXAMPLES = `
The version can still be read, and its labels stay. log shows the deprecation.

Examples:
  $ holdfast deprecate --dir prompts greeting 1.1.0 --by ada --reason 'Too long'
  $ holdfast deprecate --dir prompts greeting 1.1.0 --undo`

interface DeprecateOptions {
  readonly by?: string
  readonly reason?: string
  readonly undo?: boolean
}

export function addDeprecateCommand(program: Command, session: Session): void {
  program
    .command('deprecate')
    .description('say that a version should no longer be used')
    .argument('<prompt-id>')
    .argument('<version>', VERSION)
    .option('--by <name>', 'who says so')
    .option('--reason <text>', 'why')
    .addOption(new Option('--undo', 'withdraw a deprecation').conflicts(['by', 'reason']))
    .addHelpText('after', DEPRECATE_EXAMPLES)
    .action(async (promptId: string, wanted: string, { undo, ...note }: DeprecateOptions) => {
      await withRegistry(session, async (opened) => {
        const version = await numberOf(opened, promptId, wanted)
        const { registry } = opened
        if (undo === true) await registry.undeprecate(promptId, version)
        const deprecated =
          undo === true ? null : await registry.deprecate(promptId, version, given(note))
        const { output } = session
        if (output.json) return await output.document({ prompt_id: promptId, version, deprecated })
        const state = deprecated === null ? 'not deprecated' : 'deprecated'
        await output.talk(`Version ${version} of ${promptId} is ${state}`)
      })
    })
}

/** As a number, so that the change is of the version that is reported. */
async function numberOf(opened: Opened, promptId: string, wanted: string): Promise<string> {
  await requirePrompt(opened, promptId)
  return (await findVersion(opened.store, { promptId, wanted })).version
}
