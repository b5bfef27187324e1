import type { Command } from 'commander'
import { isLabelName } from '../../versions/registry/label-name.js'
import { CliError } from '../errors.js'
import { withRegistry } from '../registry.js'
import type { Session } from '../session.js'

const EXAMPLES = `
Speaks the Model Context Protocol on standard input and output, for the agent
that starts it. Agents read, compare, search and render prompts, and propose
versions. They move labels only with --allow-labels, and never those of
HOLDFAST_PROTECTED_LABELS. --read-only leaves out everything that writes.

Examples:
  $ holdfast mcp --store sqlite:prompts.db
  $ holdfast mcp --dir prompts --allow-labels staging,canary
  $ holdfast mcp --dir prompts --read-only --label staging`

interface McpCommandOptions {
  readonly allowLabels?: string | true
  readonly label: string
}

export function addMcpCommand(program: Command, session: Session): void {
  program
    .command('mcp')
    .description('serve the prompts to an agent (Model Context Protocol)')
    .option(
      '--allow-labels [labels]',
      'agents may move these labels, separated by commas; without names, all that are not protected',
    )
    .option('--label <label>', 'offer the versions with this label as prompts', 'production')
    .addHelpText('after', EXAMPLES)
    .action(async ({ allowLabels, label }: McpCommandOptions) => {
      const rules = {
        allowLabels: session.options.readOnly === true ? [] : labelsOf(allowLabels),
        allowProposals: session.options.readOnly !== true,
        label: checked(label, '--label'),
      }
      // Only here: most commands do without the protocol.
      const { serveStdio } = await import('../../mcp/serve-stdio.js')
      await withRegistry(session, async ({ store: storage, registry }) => {
        const { stdin, stdout } = session.environment
        const onFailure = (error: Error): void => void session.output.warn(error.message)
        await serveStdio({ storage, registry, rules }, { stdin, stdout, onFailure })
      })
    })
}

function labelsOf(given: string | true | undefined): 'all' | readonly string[] {
  if (given === undefined) return []
  if (given === true) return 'all'
  return given.split(',').map((label) => checked(label.trim(), '--allow-labels'))
}

function checked(label: string, option: string): string {
  if (isLabelName(label)) return label
  throw new CliError('CLI-USAGE-001', `${option} must name labels, got ${JSON.stringify(label)}`)
}
