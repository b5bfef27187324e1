import { Option, type Command } from 'commander'
import type { VersionRecord } from '../../versions/registry/version-records.js'
import { asOfTime, asOfUndated, type AsOfArguments } from '../as-of.js'
import { checkForm, ndjsonOption, parseInteger } from '../global-options.js'
import type { Output } from '../output.js'
import { printable } from '../printable.js'
import { requirePrompt, withPastRegistry } from '../registry.js'
import { given } from '../repeatable.js'
import type { Session } from '../session.js'
import { drawGraph } from '../version-graph.js'
import { headOf, headParts, INDENT, recordText, wrapped } from '../version-record.js'

const EXAMPLES = `
Examples:
  $ holdfast log --dir prompts greeting --limit 5
  $ holdfast log --dir prompts greeting --graph`

interface LogOptions extends AsOfArguments {
  readonly limit?: number
  readonly offset?: number
  readonly graph?: boolean
  readonly ndjson?: boolean
}

export function addLogCommand(program: Command, session: Session): void {
  program
    .command('log')
    .description('print the history of a prompt: who made what from what, and why; newest first')
    .argument('<prompt-id>')
    .option('--limit <n>', 'at most this many', parseInteger)
    .option('--offset <n>', 'skip this many first', parseInteger)
    .addOption(
      new Option('--graph', 'draw which version was made from which').conflicts([
        'limit',
        'offset',
        'ndjson',
      ]),
    )
    .addOption(ndjsonOption())
    .addOption(asOfTime())
    .addOption(asOfUndated())
    .addHelpText('after', EXAMPLES)
    .action(async (promptId: string, options: LogOptions) => {
      const { output } = session
      const { limit, offset, graph, ndjson } = options
      checkForm(output.json, { ndjson })
      await withPastRegistry(session, options, async (opened) => {
        await requirePrompt(opened, promptId)
        const { registry } = opened
        if (graph === true && output.json)
          return await output.document({ prompt_id: promptId, ...(await registry.graph(promptId)) })
        const versions = await registry.history(promptId, given({ limit, offset }))
        if (output.json) return await output.document({ prompt_id: promptId, versions })
        if (ndjson === true) return await output.lines(versions)
        await output.data(graph === true ? graphText(versions, output) : logText(versions, output))
      })
    })
}

function logText(versions: readonly VersionRecord[], output: Output): string {
  return versions.map((record) => `${recordText(record, output)}\n`).join('\n')
}

function graphText(versions: readonly VersionRecord[], { width, colors }: Output): string {
  const places = new Map(versions.map(({ version }, at) => [version, at]))
  const lines = drawGraph(versions).flatMap(({ rails, node, below }) => {
    if (node === undefined) return [rails]
    const { version, parent_version: parent, author, message } = node
    const isDrawn = parent === null || (places.get(parent) ?? -1) > (places.get(version) ?? 0)
    const facts = [
      ...(isDrawn ? [] : [`(from ${parent})`]),
      ...(node.deprecated === null ? [] : ['(deprecated)']),
      [author, message?.split('\n', 1)[0]].filter(Boolean).join(': '),
    ]
      .filter((fact) => fact !== '')
      .join(' ')
    const indent = Math.max(rails.length, below.length) + 1
    const [first = '', ...others] = wrapped(facts, Math.max(width - indent - INDENT.length, 20))
    const head = `${rails} ${headOf(node, colors)}`
    // The head has colours, so its width is that of its plain form.
    const plain = rails.length + 1 + printable(headParts(node).join('  ')).length
    if (plain + 2 + first.length <= width && others.length === 0)
      return [first === '' ? head : `${head}  ${first}`]
    return [head, ...[first, ...others].map((line) => below.padEnd(indent) + INDENT + line)]
  })
  return lines.map((line) => `${line}\n`).join('')
}
