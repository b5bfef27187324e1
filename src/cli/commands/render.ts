import type { Command } from 'commander'
import type { Values } from '../../versions/registry/compile.js'
import { renderVersion } from '../../versions/registry/render-version.js'
import { isChat } from '../../versions/registry/template.js'
import { CliError } from '../errors.js'
import { withRegistry } from '../registry.js'
import { repeatable } from '../repeatable.js'
import type { Session } from '../session.js'
import { readJsonObject } from '../text-input.js'
import { readVersion, VERSION_ARGUMENT } from '../version-reference.js'

const EXAMPLES = `
Prompts that it includes ({{> id@production }}) are filled in first. Messages
are printed as JSON.

Examples:
  $ holdfast render --dir prompts greeting@production --value name=Bob
  $ holdfast render --dir prompts greeting --values values.json --value name=Bob`

interface RenderOptions {
  readonly value?: readonly string[]
  readonly values?: string
  readonly allowSurplus?: boolean
}

export function addRenderCommand(program: Command, session: Session): void {
  program
    .command('render')
    .description('print a prompt with values for its placeholders')
    .argument('<prompt-id>')
    .argument('[version]', VERSION_ARGUMENT)
    .addOption(repeatable('--value <name=value>', 'the text for a placeholder'))
    .option('--values <file>', 'the values as a JSON object; - for standard input')
    .option('--allow-surplus', 'ignore values that the prompt has no placeholder for')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, wanted: string | undefined, options: RenderOptions) => {
      const values = await valuesOf(session, options)
      await withRegistry(session, async ({ registry, store }) => {
        const version = await readVersion(store, { promptId: id, wanted })
        const { allowSurplus = false } = options
        const { rendered, included } = await renderVersion(registry, version, values, {
          allowSurplus,
          stringify: true,
        })
        const { output } = session
        const { prompt_id } = version
        if (output.json)
          return await output.document({
            prompt_id,
            version: version.version,
            ...rendered,
            included,
          })
        if (isChat(rendered)) return await output.document(rendered)
        await output.content([rendered.text])
      })
    })
}

async function valuesOf(session: Session, { value = [], values }: RenderOptions): Promise<Values> {
  const read = values === undefined ? {} : await readJsonObject(session, values, 'values')
  return { ...read, ...Object.fromEntries(value.map(parseValue)) }
}

function parseValue(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new CliError('CLI-USAGE-001', `--value must be NAME=VALUE, got ${text}`)
}
