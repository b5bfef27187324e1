import type { Command } from 'commander'
import { wholeText, type Prompt } from '../../versions/prompts/prompt.js'
import { asOfTime, asOfUndated, type AsOfArguments } from '../as-of.js'
import { printable, printableContent } from '../printable.js'
import { requirePrompt, withPastRegistry } from '../registry.js'
import type { Session } from '../session.js'
import { readVersion, VERSION_ARGUMENT } from '../version-reference.js'
import { recordText } from '../version-record.js'

const EXAMPLES = `
Examples:
  $ holdfast show --dir prompts greeting               the latest version
  $ holdfast show --dir prompts greeting@production`

export function addShowCommand(program: Command, session: Session): void {
  program
    .command('show')
    .description('print a version to read: who made it from what, and why, then its prompt')
    .argument('<prompt-id>')
    .argument('[version]', VERSION_ARGUMENT)
    .addOption(asOfTime())
    .addOption(asOfUndated())
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, wanted: string | undefined, options: AsOfArguments) => {
      const { output } = session
      await withPastRegistry(session, options, async (opened) => {
        const document = await readVersion(opened.store, { promptId: id, wanted })
        const { prompt_id: promptId, version } = document
        await requirePrompt(opened, promptId)
        const records = await opened.registry.history(promptId)
        const record = records.find((one) => one.version === version)
        if (output.json) return await output.document({ ...record, document })
        const head = record === undefined ? version : recordText(record, output)
        await output.data(`${head}\n\n${promptText(document.prompt)}\n`)
      })
    })
}

/** A text as it is; messages one after the other, each below its role. */
function promptText(prompt: Prompt): string {
  if (prompt.messages === undefined) return printableContent(prompt.text).trimEnd()
  return prompt.messages
    .map((message) => {
      const said = wholeText({ ...prompt, messages: [message] })
      return `${printable(message.role)}:\n${printableContent(said).trimEnd()}`
    })
    .join('\n\n')
}
