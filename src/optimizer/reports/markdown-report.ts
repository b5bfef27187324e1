import type { ReportedCase, RunReport } from '../run/run-report.js'
import { codeBlock, inlineCode } from './markup.js'
import {
  promptDiff,
  proofFacts,
  proofText,
  searchFacts,
  settingFacts,
  spendFacts,
  verdictText,
  type Fact,
  type PromptHistory,
} from './report-facts.js'

/** What a report shows beside the run itself. */
export interface ReportOptions {
  /** Versions and labels of the prompts in a store. Default: none. */
  readonly histories?: readonly PromptHistory[] | undefined
}

/**
 * The report of a run as Markdown. Whatever a workflow, a case or a model has written is in code, so it cannot become a
 * link, a heading or the name of a person.
 */
export function markdownReport(report: RunReport, { histories = [] }: ReportOptions = {}): string {
  return [
    `# ${verdictText(report)}\n`,
    `Run ${inlineCode(report.run)}. ${plain(proofText(report))}\n`,
    ...section('What ran', table(settingFacts(report))),
    ...section('Held-out test', table(proofFacts(report))),
    ...section('Search', table(searchFacts(report))),
    ...section('Spent', table(spendFacts(report))),
    ...section('Prompts', prompts(report)),
    ...section('Cases that got better', cases(report.wins)),
    ...section('Cases that got worse', cases(report.losses)),
    ...section('Histories', histories.map(history).join('\n')),
    ...section('Notes', report.notes.map((note) => `- ${inlineCode(note)}\n`).join('')),
  ].join('\n')
}

function section(title: string, content: string): readonly string[] {
  return content === '' ? [] : [`## ${title}\n`, content]
}

/** Sentences of this package; the error in one may quote anything. */
function plain(text: string): string {
  return /[`>[\]*_|\\#@&]/.test(text) ? inlineCode(text) : text.replaceAll('<', '&lt;')
}

/** Rows of names and values; the values are code. */
export function table(facts: readonly Fact[]): string {
  if (facts.length === 0) return ''
  const rows = facts.map(([name, value]) => `| ${plain(name)} | ${inlineCode(value)} |\n`)
  return `| | |\n| --- | --- |\n${rows.join('')}`
}

function prompts({ prompts: all }: RunReport): string {
  return all
    .map((prompt) => {
      const title = `### ${inlineCode(prompt.prompt_id)}\n\n`
      if (!prompt.changed) return `${title}Unchanged.\n`
      return `${title}Line ${prompt.line}.\n\n${codeBlock(promptDiff(prompt).join('\n'), 'diff')}`
    })
    .join('\n')
}

function cases(list: readonly ReportedCase[]): string {
  return list
    .map(
      ({ case_id: id, inputs, expected, baseline, winner }) =>
        `### ${inlineCode(id)}: ${baseline.score.toFixed(3)} → ${winner.score.toFixed(3)}\n\n` +
        codeBlock(
          JSON.stringify({ inputs, expected, present: baseline, new: winner }, undefined, 2),
          'json',
        ),
    )
    .join('\n')
}

function history({ prompt_id: id, versions }: PromptHistory): string {
  const rows = versions.map(
    ({ version, created_at: created, author, message, labels }) =>
      `| ${inlineCode(version)} | ${inlineCode(created)} | ${inlineCode(labels.join(', '))} | ${inlineCode(author ?? '')} | ${inlineCode(message ?? '')} |\n`,
  )
  return `### ${inlineCode(id)}\n\n| Version | Created | Labels | Author | Message |\n| --- | --- | --- | --- | --- |\n${rows.join('')}`
}
