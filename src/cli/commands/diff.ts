import type { Command } from 'commander'
import { asOfTime, asOfUndated, type AsOfArguments } from '../as-of.js'
import { diffText } from '../diff-text.js'
import { requirePrompt, withPastRegistry } from '../registry.js'
import type { Session } from '../session.js'

const EXAMPLES = `
In colours, the changed words are shown in their line; without, the old line
begins with - and the new one with +. --json prints everything, with the change
as a JSON Patch.

Examples:
  $ holdfast diff --dir prompts greeting 1.0.0 1.1.0
  $ holdfast diff --dir prompts greeting @production     against the latest`

export function addDiffCommand(program: Command, session: Session): void {
  program
    .command('diff')
    .description('print what changed from one version of a prompt to another')
    .argument('<prompt-id>')
    .argument('<from>', 'a version, a range such as ^1.0, or a label such as @production')
    .argument('[to]', 'the same', 'latest')
    .addOption(asOfTime())
    .addOption(asOfUndated())
    .addHelpText('after', EXAMPLES)
    .action(async (promptId: string, from: string, to: string, options: AsOfArguments) => {
      await withPastRegistry(session, options, async (opened) => {
        await requirePrompt(opened, promptId)
        const diff = await opened.registry.diff(promptId, from, to)
        const { output } = session
        if (output.json) return await output.document({ prompt_id: promptId, ...diff })
        await output.talk(
          diff.same
            ? `Versions ${diff.from} and ${diff.to} have the same prompt`
            : `${promptId} ${diff.from} -> ${diff.to}`,
        )
        await output.data(diffText(diff, output.colors))
        const { suggested } = diff
        if (suggested !== undefined)
          await output.talk(`A ${suggested.bump} change: ${suggested.reasons.join(', ')}`)
      })
    })
}
